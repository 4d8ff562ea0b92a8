// Images that are built and run on an emulated board; skipped where its compiler or QEMU is missing.
#pragma once

#include <span>
#include <string>

#include <gtest/gtest.h>

#include "tandem/core/files.h"
#include "tandem/core/process.h"
#include "tandem/deploy/firmware/firmware.h"

namespace tandem {

class Firmware : public testing::Test {
  protected:
    void SetUp() override { need(*find_board("mps2-an386")); }

    void need(const Board& board) {
        const Toolchain& toolchain = *find_target(board.target)->toolchain;
        for (const std::string_view program : {toolchain.compiler, toolchain.emulator}) {
            if (find_program(std::string(program)).empty()) GTEST_SKIP() << program << " is not installed";
        }
    }

    void write(const OperatingPoints& points, const Board& board,
               WeightStorage storage = WeightStorage::plain) {
        for (const EmittedFile& file : emit_firmware(points, board, storage)) {
            ASSERT_TRUE(write_file(folder_.path() / file.name, file.contents, Existing::replace).has_value());
        }
    }

    Result<FirmwareProof> prove(const OperatingPoints& points, const Board& board, const char* optimization,
                                std::span<const float> samples) {
        Progress silent;
        return prove_firmware(folder_.path(), board, optimization, points, samples, silent);
    }

    TemporaryDirectory folder_ = TemporaryDirectory::create().value();
};

} // namespace tandem
