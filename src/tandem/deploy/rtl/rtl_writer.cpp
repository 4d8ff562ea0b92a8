#include "tandem/deploy/rtl/rtl_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/deploy/rtl/rtl_modules.h"
#include "tandem/deploy/rtl/unit_writer.h"
#include "tandem/deploy/rtl/vectors.h"
#include "tandem/machine/bitserial/resources.h"

namespace tandem {

namespace {

/// Replaces the default of a module parameter; synthesis and simulation then need no arguments.
void set_parameter(std::string& verilog, std::string_view name, std::int64_t value) {
    const std::string start = fmt::format("parameter {} = ", name);
    const std::size_t at = verilog.find(start);
    TANDEM_CHECK(at != std::string::npos, "a parameter that the module has");
    const std::size_t first = at + start.size();
    verilog.replace(first, verilog.find_first_not_of("0123456789", first) - first, fmt::format("{}", value));
}

std::string emit_array(const bitserial::Description& machine, std::int64_t unit_latency) {
    std::string verilog(rtl_array());
    set_parameter(verilog, "ROWS", machine.array.rows);
    set_parameter(verilog, "COLUMNS", machine.array.columns);
    set_parameter(verilog, "LANES", machine.array.dot_product_bits / 32);
    set_parameter(verilog, "LEFT_DEPTH", machine.buffers.left_words);
    set_parameter(verilog, "RIGHT_DEPTH", machine.buffers.right_words);
    set_parameter(verilog, "LEFT_ADDRESS_BITS", bitserial::address_bits(machine.buffers.left_words));
    set_parameter(verilog, "RIGHT_ADDRESS_BITS", bitserial::address_bits(machine.buffers.right_words));
    set_parameter(verilog, "ADDRESS_BITS",
                  bitserial::address_bits(std::max(machine.buffers.left_words, machine.buffers.right_words)));
    set_parameter(verilog, "BUBBLE", machine.array.bubble_cycles);
    set_parameter(verilog, "UNIT_LATENCY", unit_latency);
    return verilog;
}

std::string emit_geometry(const bitserial::Array& array) {
    return fmt::format(
        "// The array's extents, for the test bench.\n"
        "constexpr long kRows = {};\nconstexpr long kColumns = {};\nconstexpr long kLanes = {};\n",
        array.rows, array.columns, array.dot_product_bits / 32);
}

std::string emit_readme(const bitserial::Description& machine, std::size_t products) {
    const Resources resources = bitserial::estimate_resources(machine);
    const bitserial::Array& array = machine.array;
    return fmt::format(R"(# {}

A bit-serial array of {} x {} dot-product units of {} bits, buffers of {} and {} words, {} idle cycles between two
pairs of bit planes. Verilog-2005; `array.v` holds the top module `bitserial_array`.

    make simulate      # Verilator: {} products, every result and every cycle
    make synthesize    # Yosys: LUTs, flip-flops and block RAMs of a 7-series FPGA

Expected by the models: {} LUTs by what Yosys gave similar arrays, {} LUTs and {} block RAMs (RAMB36) by BISMO's
published estimate{}.
)",
                       machine.name, array.rows, array.columns, array.dot_product_bits,
                       machine.buffers.left_words, machine.buffers.right_words, array.bubble_cycles, products,
                       bitserial::estimate_generated_luts(array, machine.buffers), resources.luts,
                       resources.brams, resources.remark.empty() ? "" : "; " + resources.remark);
}

} // namespace

std::vector<EmittedFile> emit_rtl(const bitserial::Description& machine, std::uint64_t seed) {
    const UnitRtl unit = emit_unit(machine.array.dot_product_bits);
    const std::vector<TrialProduct> products = make_trial_products(machine, seed);
    return {{"Makefile", std::string(rtl_makefile())},
            {"README.md", emit_readme(machine, products.size())},
            {"array.v", emit_array(machine, unit.latency)},
            {"buffer.v", std::string(rtl_buffer())},
            {"geometry.h", emit_geometry(machine.array)},
            {"products.txt", to_text(products)},
            {"sequencer.v", std::string(rtl_sequencer())},
            {"testbench.cpp", std::string(rtl_testbench())},
            {"unit.v", unit.verilog}};
}

} // namespace tandem
