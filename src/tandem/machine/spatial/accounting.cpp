#include "tandem/machine/spatial/accounting.h"

#include "tandem/core/check.h"

namespace tandem::spatial {

std::string_view to_string(RegisterReads reads) {
    switch (reads) {
    case RegisterReads::each_operation: return "each-operation";
    case RegisterReads::on_change: return "on-change";
    }
    TANDEM_CHECK(false, "register reads outside the enumeration");
}

std::string_view to_string(InputPositions positions) {
    switch (positions) {
    case InputPositions::touched: return "touched";
    case InputPositions::bounding_box: return "bounding-box";
    }
    TANDEM_CHECK(false, "input positions outside the enumeration");
}

std::string_view to_string(FirstRead read) {
    switch (read) {
    case FirstRead::elided: return "elided";
    case FirstRead::charged: return "charged";
    }
    TANDEM_CHECK(false, "a first read outside the enumeration");
}

std::string_view to_string(Padding padding) {
    switch (padding) {
    case Padding::skipped: return "skipped";
    case Padding::fetched: return "fetched";
    }
    TANDEM_CHECK(false, "padding outside the enumeration");
}

std::string_view to_string(Groups groups) {
    switch (groups) {
    case Groups::apart: return "apart";
    case Groups::dense: return "dense";
    }
    TANDEM_CHECK(false, "groups outside the enumeration");
}

std::string_view to_string(Overlap overlap) {
    switch (overlap) {
    case Overlap::fetched_again: return "fetched-again";
    case Overlap::kept: return "kept";
    }
    TANDEM_CHECK(false, "overlap outside the enumeration");
}

std::string_view to_string(Transfers transfers) {
    switch (transfers) {
    case Transfers::overlapped: return "overlapped";
    case Transfers::staged: return "staged";
    }
    TANDEM_CHECK(false, "transfers outside the enumeration");
}

std::string_view to_string(AccountingPreset preset) {
    switch (preset) {
    case AccountingPreset::chip: return "chip";
    case AccountingPreset::tandem: return "tandem";
    case AccountingPreset::timeloop: return "timeloop";
    case AccountingPreset::zigzag: return "zigzag";
    }
    TANDEM_CHECK(false, "a preset outside the enumeration");
}

Accounting accounting_of(AccountingPreset preset) {
    switch (preset) {
    case AccountingPreset::chip: return {.padding = Padding::fetched};
    case AccountingPreset::tandem: return {};
    case AccountingPreset::timeloop:
        return {.input_positions = InputPositions::bounding_box,
                .padding = Padding::fetched,
                .overlap = Overlap::kept};
    case AccountingPreset::zigzag:
        return {.register_reads = RegisterReads::on_change,
                .input_positions = InputPositions::bounding_box,
                .padding = Padding::fetched,
                .transfers = Transfers::staged};
    }
    TANDEM_CHECK(false, "a preset outside the enumeration");
}

LayerWork accounted(LayerWork work, const Accounting& accounting) {
    if (accounting.padding == Padding::fetched) work.pads = {0, 0};
    if (accounting.groups == Groups::dense) {
        for (const Dimension channels : {Dimension::k, Dimension::c}) {
            work.extents[index_of(channels)] *= work.groups;
        }
        work.groups = 1;
    }
    return work;
}

} // namespace tandem::spatial
