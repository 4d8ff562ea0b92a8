#include "tandem/machine/bitserial/bitserial.h"

#include "tandem/core/check.h"
#include "tandem/machine/bitserial/model.h"
#include "tandem/machine/bitserial/resources.h"

namespace tandem {

namespace {

class BitserialMachine final : public Machine {
  public:
    explicit BitserialMachine(bitserial::Description description) : description_(std::move(description)) {}

    std::string_view family() const override { return "bitserial"; }
    std::string name() const override { return description_.name; }
    EnergyUnit energy_unit() const override { return EnergyUnit::mac16; }
    std::optional<Hertz> clock() const override { return Hertz(description_.clock_hertz); }
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

Result<bitserial::Description> read_description(const Document& document, const std::string& file) {
    bitserial::Description description;
    TANDEM_TRY(read_fields(document, file, "", fields_of(description)));
    std::vector<Problem> problems = bitserial::find_problems(description, file);
    if (!problems.empty()) return bad_input(std::move(problems));
    return description;
}

} // namespace

Result<MachinePointer> load_bitserial(const Document& document, const std::string& file) {
    return make_bitserial(TANDEM_TRY(read_description(document, file)));
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

Result<bitserial::Description> load_bitserial_description(const std::string& path) {
    const Document document = TANDEM_TRY(load_yaml(path));
    const MachinePointer machine = TANDEM_TRY(parse_machine(document, path));
    if (machine->family() != "bitserial") {
        return bad_input(path, "family", std::string(machine->family()), "bitserial");
    }
    return read_description(document, path);
}

} // namespace tandem
