// The rows of code_sizes.csv, made anew by compiling every kernel alone.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "in_place_program.h"
#include "tandem/core/files.h"
#include "tandem/core/process.h"
#include "tandem/deploy/c/c_runtime.h"
#include "tandem/deploy/firmware/firmware.h"
#include "tandem/deploy/firmware/object_file.h"
#include "tandem/deploy/firmware/stack_bound.h"
#include "tandem/machine/microcontroller/buffer_plan.h"
#include "tandem/machine/microcontroller/c_facts.h"
#include "tandem/machine/microcontroller/image_estimate.h"
#include "tandem/machine/microcontroller/part_sizes.h"

namespace tandem {

/// Compiles the parts of images for one target.
class PartCompiler {
  public:
    explicit PartCompiler(const Target& target)
        : target_(target), libraries_(load_libraries(target).value()) {
        for (const CRuntimeFile& header : c_kernel_headers()) write(header.name, std::string(header.source));
    }

    /// "cortex-m4,layer_8,3900,0,128,memcpy:160"
    std::vector<std::string> rows() {
        std::vector<std::string> rows;
        add_kernels(rows, CArithmetic::shifts);
        add_calls(rows);
        add_boards(rows);
        for (const CArithmetic arithmetic :
             {CArithmetic::factors, CArithmetic::multiplied_once, CArithmetic::multiplied_twice}) {
            add_kernels(rows, arithmetic);
        }
        return rows;
    }

  private:
    /// Whether an image of the arithmetic may have the kernel, not as one of another has it. None quantises
    /// its inputs.
    static bool has_own(std::string_view kernel, CArithmetic arithmetic) {
        if (kernel.starts_with("quantize")) return false;
        const bool is_scaled = kernel.starts_with("scaled");
        if (arithmetic == CArithmetic::shifts) return !is_scaled;
        return is_scaled || kernel == "layer" || kernel == "depthwise" || kernel == "wide_layer";
    }

    /// The kernels, what they share, and the tables of their steps.
    void add_kernels(std::vector<std::string>& rows, CArithmetic arithmetic) {
        const std::string macros(arithmetic_macros(arithmetic));
        Bytes shared(0);
        for (const CRuntimeFile& kernel : c_kernels()) {
            if (!has_own(kernel.name, arithmetic)) continue;
            const auto add = [&](const std::string& part, const std::string& widths) {
                const std::string source = macros + widths + std::string(kernel.source);
                const Bytes here = arithmetic == CArithmetic::shifts ? Bytes(0) : rescale_code(source);
                shared = std::max(shared, here);
                rows.push_back(kernel_row(part_of(part, arithmetic), kernel.name, source, here));
            };
            if (kernel.name != "layer") {
                add(std::string(kernel.name), "");
                continue;
            }
            for (const std::string_view widths : {"2", "24", "248", "28", "4", "48", "8"}) {
                std::string defined;
                for (const char width : widths)
                    defined += fmt::format("#define TANDEM_HAS_WEIGHTS_{}\n", width);
                add(fmt::format("layer_{}", widths), defined);
            }
        }
        if (shared > Bytes(0)) rows.push_back(line(part_of(kRescalePart, arithmetic), {.flash = shared}));
        add_tables(rows, arithmetic);
    }

    /// Of the function that all kernels with scales call, in a file of one.
    Bytes rescale_code(const std::string& source) {
        Bytes code(0);
        for (const ObjectSection& section : compile("kernel", source, {"-ffunction-sections"}).sections) {
            if (section.name.starts_with(".text.rescale")) code += section.size;
        }
        return code;
    }

    void write(std::string_view name, const std::string& contents) {
        ASSERT_TRUE(write_file(folder_.path() / name, contents, Existing::replace).has_value());
    }

    ObjectFile compile(const std::string& unit, const std::string& source,
                       const std::vector<std::string>& options = {}) {
        write(unit + ".c", source);
        std::vector<std::string> command = compile_command(target_, "-O3");
        command.insert(command.end(), options.begin(), options.end());
        const std::string object = (folder_.path() / (unit + ".o")).string();
        command.insert(command.end(), {"-c", (folder_.path() / (unit + ".c")).string(), "-o", object});
        const FinishedProcess finished = run_process(command).value();
        EXPECT_EQ(finished.status, 0) << finished.output;
        return parse_object(read_file(object).value(), object).value();
    }

    /// Code and constants.
    static Bytes flash_of(const ObjectFile& object) {
        Bytes total;
        for (const ObjectSection& section : object.sections) {
            const bool is_in_flash = section.name.starts_with(".text") ||
                                     section.name.starts_with(".rodata") || section.name == ".vectors" ||
                                     section.name.starts_with(".srodata");
            if (is_in_flash) total += section.size;
        }
        return total;
    }

    /// The arrays of a program that is no network's.
    static Bytes ram_of(const ObjectFile& object) {
        Bytes total;
        for (const ObjectSection& section : object.sections) {
            const bool is_in_ram = section.name.starts_with(".data") || section.name.starts_with(".sdata") ||
                                   section.name.starts_with(".bss") || section.name.starts_with(".sbss");
            if (is_in_ram) total += aligned(section.size, 4);
        }
        return total;
    }

    std::string line(std::string_view part, const PartSize& size, const std::string& library = "") const {
        return fmt::format("{},{},{},{},{},{}", target_.name, part, size.flash.value, size.ram.value,
                           size.stack.value, library);
    }

    /// Compiled alone, with the stack of its function and all that it calls.
    std::string kernel_row(std::string_view part, std::string_view kernel, const std::string& source,
                           Bytes shared) {
        const ObjectFile object = compile("kernel", source, {"-fcallgraph-info=su"});
        return row(part, object, {.stack = kernel_stack(kernel)}, shared);
    }

    Bytes kernel_stack(std::string_view kernel) const {
        const std::array<std::string, 1> graph{read_file(folder_.path() / "kernel.ci").value()};
        const std::string entry =
            kernel == "lz4" ? "tandem_decode_lz4" : fmt::format("tandem_run_{}", kernel);
        return deepest_calls(graph, entry, target_.library_stack).value();
    }

    /// Without what is `shared` of its code.
    std::string row(std::string_view part, const ObjectFile& object, PartSize size,
                    Bytes shared = Bytes(0)) const {
        const std::vector<ObjectFile> all = with_library_members({object}, libraries_).value();
        std::string library;
        for (std::size_t i = 1; i < all.size(); ++i) {
            library += fmt::format("{}{}:{}", library.empty() ? "" : ";", all[i].defined.at(0),
                                   flash_of(all[i]).value);
        }
        size.flash = flash_of(object) - shared;
        return line(part, size, library);
    }

    void add_tables(std::vector<std::string>& rows, CArithmetic arithmetic) {
        std::string source = fmt::format("{}#include \"kernels.h\"\n", arithmetic_macros(arithmetic));
        for (const CRuntimeFile& kernel : c_kernels()) {
            if (!has_own(kernel.name, arithmetic) || kernel.name == "lz4") continue;
            source += fmt::format("char {0}[sizeof(tandem_{0})];\n", kernel.name);
        }
        for (const ObjectSection& section : compile("tables", source, {"-fdata-sections"}).sections) {
            const std::size_t name = section.name.find('.', 1);
            if (name == std::string::npos) continue;
            const std::string part = table_part(section.name.substr(name + 1));
            rows.push_back(line(part_of(part, arithmetic), {.flash = section.size}));
        }
    }

    /// The code of a classifier of so many layers, a mean and a dense layer into ten words. Its tensors lie
    /// at offsets that no instruction holds.
    Bytes network_code(int layers) {
        ChainOfSteps chain({4, 24, 24}, {.bits = 8, .fraction_bits = 4, .signedness = Signedness::is_signed});
        for (int i = 0; i < layers; ++i) chain.layer(fmt::format("layer{}", i), 8 + 3 * i, padded(3, 1, 1));
        IntegerProgram program = chain.mean().layer("dense", 10, padded(1, 1, 0)).program();
        program.tensors.back().format.bits = 16;
        std::string network;
        for (const EmittedFile& file : emit_c(program)) {
            if (file.name == "network.c") network = file.contents;
            if (file.name.ends_with(".h")) write(file.name, file.contents);
        }
        Bytes code;
        for (const ObjectSection& section : compile("network", network).sections) {
            if (section.name.starts_with(".text")) code += section.size;
        }
        return code;
    }

    void add_calls(std::vector<std::string>& rows) {
        constexpr int kMore = 10;
        const Bytes few = network_code(1);
        const Bytes next = Bytes((network_code(1 + kMore) - few).value / kMore);
        rows.push_back(
            line(kFirstCallPart, {.flash = few - next * 2})); // without the mean and the dense layer
        rows.push_back(line(kNextCallPart, {.flash = next}));
    }

    void add_boards(std::vector<std::string>& rows) {
        const IntegerProgram program =
            ChainOfSteps({4, 6, 6}, {.bits = 8, .fraction_bits = 4, .signedness = Signedness::is_signed})
                .layer("layer", 4, padded(3, 1, 1))
                .program();
        const CFacts facts = find_c_facts(program, WeightStorage::plain);
        Bytes own_arrays(0); // of main.c, for one input and one output
        for (const IntegerTensor* tensor : {&facts.input(), &facts.output()}) {
            own_arrays += aligned(element_size(tensor->format) * tensor->extents.elements(), 4);
        }
        for (const Board& board : known_boards()) {
            if (board.target != target_.name) continue;
            ObjectFile all;
            for (const EmittedFile& file : emit_firmware(program, board)) {
                if (file.name.ends_with(".h")) write(file.name, file.contents);
            }
            for (const EmittedFile& file : emit_firmware(program, board)) {
                const bool is_network =
                    file.name == "kernels.c" || file.name == "network.c" || file.name == "weights.c";
                if (is_network || !file.name.ends_with(".c")) continue;
                const std::string base =
                    fmt::format("-DTANDEM_TIMER_BASE=0x{:08X}", board.emulator.timer_base);
                const ObjectFile object =
                    compile(file.name.substr(0, file.name.size() - 2), file.contents, {base});
                all.sections.insert(all.sections.end(), object.sections.begin(), object.sections.end());
                all.undefined.insert(all.undefined.end(), object.undefined.begin(), object.undefined.end());
            }
            rows.push_back(
                row(board_part(board.name), all,
                    {.ram = ram_of(all) - own_arrays, .stack = stack_above_kernels(program, board)}));
        }
    }

    /// Of a whole image, less that of the kernel of its only step.
    Bytes stack_above_kernels(const IntegerProgram& program, const Board& board) {
        const TemporaryDirectory sources = TemporaryDirectory::create().value();
        for (const EmittedFile& file : emit_firmware(program, board)) {
            EXPECT_TRUE(write_file(sources.path() / file.name, file.contents, Existing::refuse).has_value());
            if (file.name == "kernels.c") compile("kernel", file.contents, {"-fcallgraph-info=su"});
        }
        const TemporaryDirectory workplace = TemporaryDirectory::create().value();
        const Image image =
            build_firmware(sources.path(), board, "-O3", Tracing::none, workplace.path()).value();
        return image.stack_bound - kernel_stack("layer");
    }

    const Target& target_;
    std::vector<Library> libraries_;
    TemporaryDirectory folder_ = TemporaryDirectory::create().value();
};

} // namespace tandem
