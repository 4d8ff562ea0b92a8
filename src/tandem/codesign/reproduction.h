// Published figures beside ours. A reproduction is one table of a publication: what it printed, what
// the same question asked of Tandem gives, and how far apart the two may be.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/core/progress.h"
#include "tandem/core/result.h"

namespace tandem {

/// On which side of the published figure ours may lie.
enum class Bar {
    within,   ///< at most `tolerance` of the published figure away from it; 0: equal
    at_least, ///< not below published * (1 - tolerance)
    at_most,  ///< not above published * (1 + tolerance)
};

/// Ours under one more assumption, stated in words that follow "with".
struct Explanation {
    std::string assumption;
    double ours = 0.0;
};

/// One figure of a publication beside ours.
struct ReproducedFigure {
    std::string what; ///< "ResNet-20, row-stationary, energy"
    std::string unit; ///< as the publication prints it; empty for a pure number
    double published = 0.0;
    double ours = 0.0;
    Bar bar = Bar::within;
    double tolerance = 0.0;                   ///< relative to the published figure
    std::string note{};                       ///< what a reader should know; may be empty
    std::optional<Explanation> explanation{}; ///< what would explain a difference, and by how much

    /// ours / published; published must not be 0.
    double ratio() const { return ours / published; }
    bool passes() const;
    /// The same figure as the explanation has it; there must be one.
    ReproducedFigure explained() const;
    /// "within 8 %", "equal", "at least", "at most 1.05 of it".
    std::string describe_bar() const;
};

/// What every reproduction is given.
struct ReproductionContext {
    std::filesystem::path data_root; ///< pretrained networks and data sets
    std::uint64_t seed = 1;
    std::size_t threads = 0;      ///< 0: all
    std::filesystem::path folder; ///< where a long one keeps what it has, and goes on from
};

struct Reproduction {
    std::string_view name;
    std::string_view description;
    std::string_view source; ///< the publication, with its table or figure
    Result<std::vector<ReproducedFigure>> (*reproduce)(const ReproductionContext& context,
                                                       Progress& progress);
};

/// Every reproduction, sorted by name.
const std::vector<Reproduction>& known_reproductions();
/// The reproduction of that name, or null.
const Reproduction* find_reproduction(std::string_view name);

/// {name, source, figures: [{what, unit, published, ours, ratio, bar, tolerance, pass, note, explanation}],
/// pass}; explanation: {assumption, ours, ratio, pass} or null.
Document to_document(const Reproduction& reproduction, const std::vector<ReproducedFigure>& figures);

} // namespace tandem
