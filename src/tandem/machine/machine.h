// The Machine: a family with parameters, as YAML describes it, and the interface each family
// implements. A machine prices a *given* mapping; schedules are found one floor up, in mapping/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/core/fields.h"
#include "tandem/core/hash.h"
#include "tandem/core/result.h"
#include "tandem/machine/cost.h"
#include "tandem/machine/layer_model.h"
#include "tandem/machine/mapping.h"
#include "tandem/workload/workload.h"

namespace tandem {

/// What a machine takes of an FPGA, by estimate.
struct Resources {
    std::int64_t luts = 0;  ///< 6-input
    std::int64_t brams = 0; ///< of 36 Kibit
    double peak_operations_per_second = 0.0;
    std::string remark; ///< what a builder should know; may be empty

    bool operator==(const Resources&) const = default;
};

class Machine {
  public:
    virtual ~Machine() = default;

    virtual std::string_view family() const = 0;
    virtual std::string name() const = 0;
    /// What its energies are multiples of.
    virtual EnergyUnit energy_unit() const = 0;
    /// None where the machine counts cycles only.
    virtual std::optional<Hertz> clock() const = 0;
    /// The widest operand that it multiplies.
    virtual int maximum_bits() const = 0;
    /// The whole description; loading it gives an equal machine.
    virtual Document describe() const = 0;
    /// The model of one layer. Infeasible, with the reason, when no mapping can exist.
    virtual Outcome<std::unique_ptr<const LayerModel>> layer_model(const LayerWork& work) const = 0;
    /// None: the family is no FPGA design, and nothing is known.
    virtual std::optional<Resources> resources() const { return std::nullopt; }
    /// By part, outermost first; empty: the family counts no silicon.
    virtual std::vector<PartArea> areas() const { return {}; }

    /// The schedules admitted for one layer, and the cost of one of them: layer_model() for a single
    /// question.
    Outcome<MappingSpace> mapping_space(const LayerWork& work) const;
    Outcome<LayerCost> price(const LayerWork& work, const Mapping& mapping) const;

    ContentHash content_hash() const;
};

using MachinePointer = std::shared_ptr<const Machine>;

/// One family: its name, one line about it, and how a description becomes a machine.
struct MachineFamily {
    std::string_view name;
    std::string_view description;
    Result<MachinePointer> (*load)(const Document& document, const std::string& file);
    /// Its fields, for help and the reference pages.
    std::vector<FieldRow> (*fields)();
};

/// Every family, sorted by name.
const std::vector<MachineFamily>& known_families();

/// Loads a machine from its YAML form; `family:` selects the family. All problems at once.
[[nodiscard]] Result<MachinePointer> parse_machine(const Document& document, const std::string& file);
[[nodiscard]] Result<MachinePointer> load_machine(const std::string& path);

} // namespace tandem
