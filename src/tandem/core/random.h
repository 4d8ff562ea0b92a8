// Seeded randomness that does not depend on order: a stream forks by name and index, so candidate i
// draws the same numbers whichever thread evaluates it, and whenever. The generator is SplitMix64
// (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014); the
// distributions are ours because the standard fixes engines, not distributions.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace tandem {

class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    /// A new stream that depends on this stream's present state, the name and the index alone.
    /// Forking does not advance this stream.
    Random fork(std::string_view name, std::uint64_t index = 0) const;

    /// 64 uniformly distributed bits.
    std::uint64_t next();

    /// Uniform in [0, 1), 53 bits.
    double uniform();

    /// Uniform in [0, bound), without bias; bound must be positive.
    std::uint64_t below(std::uint64_t bound);

    /// Standard normal by the Box-Muller transform.
    double normal();

    /// Fisher-Yates.
    template <class Element> void shuffle(std::span<Element> elements) {
        for (std::size_t i = elements.size(); i > 1; --i) {
            std::swap(elements[i - 1], elements[below(i)]);
        }
    }

    /// The whole state: `Random(stream.state())` goes on where `stream` stands.
    std::uint64_t state() const { return state_; }

  private:
    std::uint64_t state_;
};

} // namespace tandem
