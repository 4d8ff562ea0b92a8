// Uniform precisions: every block of genes (a layer) has the same alleles at the same places, so that one
// width is chosen for all weights and one for all inputs. What most published networks are, and the least
// that a search must beat. A gene with fewer alleles than another at its place takes its last one in their
// stead; genes without neighbours stay as the first guess has them.
#include <algorithm>
#include <set>
#include <utility>

#include "tandem/search/algorithms.h"
#include "tandem/search/genome_blocks.h"

namespace tandem {

namespace {

class Uniform final : public SearchAlgorithm {
  public:
    Uniform(const GenomeSpace& space, const SearchOptions& options)
        : space_(space), blocks_(genome_blocks(space)), batch_(static_cast<std::size_t>(options.population)) {
        for (const std::vector<std::size_t>& block : blocks_) {
            for (std::size_t place = 0; place < block.size(); ++place) {
                const int alleles = space.alleles[block[place]];
                if (place == places_.size()) places_.push_back(1);
                places_[place] = std::max(places_[place], alleles);
            }
        }
        for (const int alleles : places_) next_.push_back(alleles - 1);
    }

    std::vector<Genome> propose() override {
        std::vector<Genome> proposal;
        const auto add = [&](Genome genome) {
            if (seen_.insert(genome).second) proposal.push_back(std::move(genome));
        };
        while (guesses_ < space_.first_guesses.size() && proposal.size() < batch_) {
            add(space_.first_guesses[guesses_++]);
        }
        while (!is_over_ && proposal.size() < batch_) {
            add(alike(next_));
            is_over_ = !count_down();
        }
        if (!proposal.empty()) last_ = proposal;
        return proposal;
    }

    void report(std::span<const EvaluatedGenome>) override {} // nothing it hears changes its mind

    std::vector<Genome> population() const override { return last_; }

  private:
    Genome alike(const Genome& of_places) const {
        Genome genome =
            space_.first_guesses.empty() ? Genome(space_.alleles.size(), 0) : space_.first_guesses.front();
        for (const std::vector<std::size_t>& block : blocks_) {
            for (std::size_t place = 0; place < block.size(); ++place) {
                genome[block[place]] = std::min(of_places[place], space_.alleles[block[place]] - 1);
            }
        }
        return genome;
    }

    /// Widest first; false after the last.
    bool count_down() {
        for (std::size_t place = 0; place < next_.size(); ++place) {
            if (--next_[place] >= 0) return true;
            next_[place] = places_[place] - 1;
        }
        return false;
    }

    GenomeSpace space_;
    std::vector<std::vector<std::size_t>> blocks_;
    std::size_t batch_;
    std::vector<int> places_; ///< alleles, by place in a block
    Genome next_;
    std::size_t guesses_ = 0; ///< proposed so far
    bool is_over_ = false;
    std::set<Genome> seen_;
    std::vector<Genome> last_;
};

} // namespace

std::unique_ptr<SearchAlgorithm> make_uniform(const GenomeSpace& space, const SearchOptions& options) {
    return std::make_unique<Uniform>(space, options);
}

} // namespace tandem
