#include "tandem/machine/bitserial/bitserial.h"

#include "tandem/core/check.h"
#include "tandem/machine/bitserial/model.h"
#include "tandem/machine/bitserial/resources.h"

namespace tandem {

namespace {

class BitserialMachine final : public Machine {
  public:
    explicit BitserialMachine(bitserial::Description description) : description_(std::move(description)) {}

    const bitserial::Description& description() const { return description_; }
    std::string_view family() const override { return "bitserial"; }
    std::string name() const override { return description_.name; }
    EnergyUnit energy_unit() const override { return EnergyUnit::mac16; }
    std::optional<Hertz> clock() const override { return Hertz(description_.clock_hertz); }
    int maximum_bits() const override { return static_cast<int>(description_.array.maximum_bits); }
    Document describe() const override {
        bitserial::Description copy = description_;
        return write_fields(fields_of(copy));
    }
    Outcome<std::unique_ptr<const LayerModel>> layer_model(const LayerWork& work) const override {
        return bitserial::make_layer_model(description_, work);
    }
    std::optional<Resources> resources() const override {
        return bitserial::estimate_resources(description_);
    }

  private:
    bitserial::Description description_;
};

} // namespace

Result<MachinePointer> load_bitserial(const Document& document, const std::string& file) {
    bitserial::Description description;
    TANDEM_TRY(read_fields(document, file, "", fields_of(description)));
    std::vector<Problem> problems = bitserial::find_problems(description, file);
    if (!problems.empty()) return bad_input(std::move(problems));
    return make_bitserial(std::move(description));
}

std::vector<FieldRow> bitserial_fields() {
    bitserial::Description description;
    return list_fields(fields_of(description));
}

MachinePointer make_bitserial(bitserial::Description description) {
    TANDEM_CHECK(bitserial::find_problems(description, "").empty(),
                 "a machine that breaks its family's rules");
    return std::make_shared<const BitserialMachine>(std::move(description));
}

const bitserial::Description* bitserial_description(const Machine& machine) {
    const auto* known = dynamic_cast<const BitserialMachine*>(&machine);
    return known == nullptr ? nullptr : &known->description();
}

Result<bitserial::Description> load_bitserial_description(const std::string& path) {
    const MachinePointer machine = TANDEM_TRY(load_machine(path));
    const bitserial::Description* description = bitserial_description(*machine);
    if (description == nullptr) return bad_input(path, "family", std::string(machine->family()), "bitserial");
    return *description;
}

} // namespace tandem
