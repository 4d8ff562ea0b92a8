#include "tandem/machine/microcontroller/microcontroller.h"

#include <utility>

#include <fmt/format.h>

#include "tandem/numerics/number_format.h"

namespace tandem {

namespace {

/// Memories and processor are the board's own: those that `tandem deploy --board` links an image for.
struct Description {
    std::string board;

    bool operator==(const Description&) const = default;
};

void describe(Fields& fields, Description& description) {
    std::string family = "microcontroller";
    fields.choice({.name = "family", .meaning = "machine family", .presence = Presence::required}, family,
                  {family});
    std::vector<std::string> boards;
    for (const Board& board : known_boards()) boards.emplace_back(board.name);
    fields.choice({.name = "board",
                   .meaning = "as tandem deploy --board knows it, with its processor, flash and RAM",
                   .presence = Presence::required},
                  description.board, boards);
}

class MicrocontrollerMachine final : public Machine {
  public:
    explicit MicrocontrollerMachine(Description description)
        : description_(std::move(description)), board_(*find_board(description_.board)) {}

    const Board& board() const { return board_; }
    std::string_view family() const override { return "microcontroller"; }
    std::string name() const override { return description_.board; }
    EnergyUnit energy_unit() const override { return EnergyUnit::picojoules; }
    std::optional<Hertz> clock() const override { return std::nullopt; }
    int maximum_bits() const override { return kMaximumBits; }
    Document describe() const override {
        Description copy = description_;
        return write_fields(fields_of(copy));
    }
    Outcome<std::unique_ptr<const LayerModel>> layer_model(const LayerWork& /*work*/) const override {
        return tl::unexpected(
            Infeasible{fmt::format("{}: a board runs whole networks; no layer has a schedule", board_.name)});
    }

  private:
    Description description_;
    const Board& board_;
};

} // namespace

Result<MachinePointer> load_microcontroller(const Document& document, const std::string& file) {
    Description description;
    TANDEM_TRY(read_fields(document, file, "", fields_of(description)));
    return std::make_shared<const MicrocontrollerMachine>(std::move(description));
}

std::vector<FieldRow> microcontroller_fields() {
    Description description;
    return list_fields(fields_of(description));
}

const Board* board_of(const Machine& machine) {
    const auto* known = dynamic_cast<const MicrocontrollerMachine*>(&machine);
    return known == nullptr ? nullptr : &known->board();
}

} // namespace tandem
