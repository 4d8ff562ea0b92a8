#include "tandem/machine/bitserial/simulation.h"

#include <algorithm>
#include <array>

namespace tandem::bitserial {

namespace {

constexpr std::size_t kInFlight = static_cast<std::size_t>(kStripesInFlight);

/// When the port is free, and when each of the last four tiles was done, oldest first. A tile that
/// never was is done at the beginning.
struct State {
    std::int64_t port = 0;
    std::array<std::int64_t, kInFlight> done{};
    std::int64_t tiles = 0; ///< begun so far, up to four

    /// Whether the future of both is the same but for a shift in time.
    bool has_future_of(const State& other) const {
        if (tiles != other.tiles) return false;
        for (std::size_t i = 0; i < kInFlight; ++i) {
            if (done[i] - port != other.done[i] - other.port) return false;
        }
        return true;
    }
    void shift(std::int64_t cycles) {
        port += cycles;
        for (std::int64_t& time : done) time += cycles;
    }
};

/// Takes `count` equal steps. Once the state comes back shifted in time, all further rounds shift it as
/// far again (Brent's search for a cycle).
template <class Step> void repeat(State& state, std::int64_t count, const Step& step) {
    State mark = state;
    std::int64_t round = 0;
    std::int64_t limit = 1;
    bool is_periodic = false;
    for (std::int64_t taken = 0; taken < count;) {
        step(state);
        ++taken;
        if (is_periodic) continue;
        ++round;
        if (state.has_future_of(mark)) {
            const std::int64_t rounds = (count - taken) / round;
            state.shift(rounds * (state.port - mark.port));
            taken += rounds * round;
            is_periodic = true;
        } else if (round == limit) {
            mark = state;
            limit *= 2;
            round = 0;
        }
    }
}

/// Durations of one step of each stage.
struct Durations {
    std::int64_t fetch_left = 0;
    std::int64_t fetch_right = 0;
    std::int64_t execute = 0;
    std::int64_t result = 0;
};

enum class Place { first_in_column, inside_column };

/// One tile: its slot is free once the tile four before it is done and its result written; then its
/// stripes are fetched, and executed after the tile before it.
void step_tile(State& state, const Durations& durations, Place place) {
    if (state.tiles == kStripesInFlight) state.port = std::max(state.port, state.done[0]) + durations.result;
    state.tiles = std::min(state.tiles + 1, kStripesInFlight);
    if (place == Place::first_in_column) state.port += durations.fetch_right;
    state.port += durations.fetch_left;
    const std::int64_t wait = place == Place::first_in_column ? kColumnCycles : 0;
    const std::int64_t done = std::max(state.done.back(), state.port) + wait + durations.execute;
    std::move(state.done.begin() + 1, state.done.end(), state.done.begin());
    state.done.back() = done;
}

} // namespace

Cycles simulate_product(const Product& product, const Description& machine) {
    const Array& array = machine.array;
    const Tiles tiles = tiles_of(product, array);
    const auto transfer = [&](std::int64_t bits) {
        return divide_up(bits, machine.dram.bandwidth_bits_per_cycle);
    };
    const Durations durations{.fetch_left = transfer(8 * left_stripe_bytes(product, array)),
                              .fetch_right = transfer(8 * right_stripe_bytes(product, array)),
                              .execute = tile_cycles(product, array, tiles.depth),
                              .result = transfer(array.rows * array.columns * kResultBits)};
    State state;
    repeat(state, tiles.columns, [&](State& column) {
        step_tile(column, durations, Place::first_in_column);
        repeat(column, tiles.rows - 1,
               [&](State& tile) { step_tile(tile, durations, Place::inside_column); });
    });
    // The results still on chip.
    for (auto i = static_cast<std::size_t>(kStripesInFlight - state.tiles); i < kInFlight; ++i) {
        state.port = std::max(state.port, state.done[i]) + durations.result;
    }
    return Cycles(state.port);
}

} // namespace tandem::bitserial
