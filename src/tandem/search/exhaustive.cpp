// Every genome, first guesses first, then in counting order: the truth about a small space.
#include <algorithm>
#include <set>
#include <utility>

#include "tandem/search/algorithms.h"
#include "tandem/search/genome_pool.h"

namespace tandem {

namespace {

class Exhaustive final : public SearchAlgorithm {
  public:
    Exhaustive(GenomeSpace space, const SearchOptions& options)
        : space_(std::move(space)), batch_(static_cast<std::size_t>(options.population)),
          next_(space_.alleles.size(), 0),
          guesses_(space_.first_guesses.begin(), space_.first_guesses.end()) {}

    std::vector<Genome> propose() override {
        last_.clear();
        if (!has_begun_) {
            std::set<Genome> proposed;
            for (const Genome& guess : space_.first_guesses) {
                if (proposed.insert(guess).second) last_.push_back(guess);
            }
            has_begun_ = true;
        }
        while (last_.size() < batch_ && !is_over_) {
            if (!guesses_.contains(next_)) last_.push_back(next_);
            is_over_ = !count_up(next_, space_);
        }
        return last_;
    }

    void report(std::span<const EvaluatedGenome>) override {}

    std::vector<Genome> population() const override { return last_; }

  private:
    GenomeSpace space_;
    std::size_t batch_;
    Genome next_;
    std::set<Genome> guesses_;
    bool has_begun_ = false;
    bool is_over_ = false;
    std::vector<Genome> last_;
};

} // namespace

std::unique_ptr<SearchAlgorithm> make_exhaustive(const GenomeSpace& space, const SearchOptions& options) {
    return std::make_unique<Exhaustive>(space, options);
}

} // namespace tandem
