// Uniform random search without repetition: what any cleverer search must beat.
#include <utility>

#include "tandem/search/algorithms.h"
#include "tandem/search/genome_pool.h"

namespace tandem {

namespace {

class RandomSearch final : public SearchAlgorithm {
  public:
    RandomSearch(GenomeSpace space, const SearchOptions& options)
        : space_(std::move(space)), options_(options), pool_(space_) {}
    RandomSearch(const RandomSearch&) = delete; // the pool refers to the space beside it
    RandomSearch& operator=(const RandomSearch&) = delete;

    std::vector<Genome> propose() override {
        if (generation_ == options_.generations) return {};
        Random random = Random(static_cast<std::uint64_t>(options_.seed))
                            .fork("generation", static_cast<std::uint64_t>(generation_));
        const auto population = static_cast<std::size_t>(options_.population);
        last_ =
            generation_ == 0 ? pool_.take_first(population, random) : pool_.take_random(population, random);
        ++generation_;
        return last_;
    }

    void report(std::span<const EvaluatedGenome>) override {} // nothing it hears changes its mind

    std::vector<Genome> population() const override { return last_; }

  private:
    GenomeSpace space_;
    SearchOptions options_;
    GenomePool pool_;
    std::int64_t generation_ = 0;
    std::vector<Genome> last_;
};

} // namespace

std::unique_ptr<SearchAlgorithm> make_random_search(const GenomeSpace& space, const SearchOptions& options) {
    return std::make_unique<RandomSearch>(space, options);
}

} // namespace tandem
