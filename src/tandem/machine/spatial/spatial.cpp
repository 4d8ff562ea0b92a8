#include "tandem/machine/spatial/spatial.h"

#include "tandem/core/check.h"
#include "tandem/machine/spatial/model.h"

namespace tandem {

namespace {

class SpatialMachine final : public Machine {
  public:
    explicit SpatialMachine(spatial::Description description) : description_(std::move(description)) {}

    std::string_view family() const override { return "spatial"; }
    std::string name() const override { return description_.name; }
    EnergyUnit energy_unit() const override {
        return description_.reports_picojoules ? EnergyUnit::picojoules : EnergyUnit::mac16;
    }
    std::optional<Hertz> clock() const override {
        if (!description_.clock_hertz) return std::nullopt;
        return Hertz(*description_.clock_hertz);
    }
    int maximum_bits() const override {
        return static_cast<int>(description_.processing_element.maximum_bits);
    }
    std::vector<PartArea> areas() const override { return spatial::areas_of(description_); }
    Document describe() const override {
        spatial::Description copy = description_;
        return write_fields(fields_of(copy));
    }
    Outcome<std::unique_ptr<const LayerModel>> layer_model(const LayerWork& work) const override {
        return spatial::make_layer_model(description_, work);
    }

  private:
    spatial::Description description_;
};

} // namespace

Result<MachinePointer> load_spatial(const Document& document, const std::string& file) {
    spatial::Description description;
    TANDEM_TRY(read_fields(document, file, "", fields_of(description)));
    std::vector<Problem> problems = spatial::find_problems(description, file);
    if (!problems.empty()) return bad_input(std::move(problems));
    return make_spatial(std::move(description));
}

std::vector<FieldRow> spatial_fields() {
    spatial::Description description;
    return list_fields(fields_of(description));
}

Document accounting_section(spatial::AccountingPreset preset) {
    spatial::Accounting accounting = spatial::accounting_of(preset);
    return write_fields(fields_of(accounting));
}

MachinePointer make_spatial(spatial::Description description) {
    TANDEM_CHECK(spatial::find_problems(description, "").empty(), "a machine that breaks its family's rules");
    return std::make_shared<const SpatialMachine>(std::move(description));
}

} // namespace tandem
