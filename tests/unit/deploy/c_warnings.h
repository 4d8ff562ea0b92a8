// Whether emitted C is free of what compilers warn of.
#pragma once

#include <gtest/gtest.h>

#include "tandem/core/files.h"
#include "tandem/core/process.h"
#include "tandem/deploy/c/c_writer.h"

namespace tandem {

/// By every compiler that is there, of which there must be one.
inline void expect_no_warnings(const OperatingPoints& points) {
    const Result<TemporaryDirectory> folder = TemporaryDirectory::create();
    ASSERT_TRUE(folder.has_value());
    for (const EmittedFile& file : emit_c(points)) {
        ASSERT_TRUE(write_file(folder->path() / file.name, file.contents, Existing::refuse).has_value());
    }
    int compilers = 0;
    for (const char* name : {"gcc", "clang"}) {
        const std::string compiler = find_program(name);
        if (compiler.empty()) continue;
        ++compilers;
        for (const char* source : {"kernels.c", "network.c", "weights.c"}) {
            const Result<FinishedProcess> finished = run_process(
                {compiler, "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-O2",
                 "-c", (folder->path() / source).string(), "-o", (folder->path() / "object").string()});
            ASSERT_TRUE(finished.has_value());
            EXPECT_EQ(finished->status, 0) << compiler << ' ' << source << '\n' << finished->output;
        }
    }
    EXPECT_GT(compilers, 0) << "neither gcc nor clang is on PATH";
}

} // namespace tandem
