#include "tandem/machine/spatial/latency.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tandem::spatial {

namespace {

/// The port that takes longest for its share of some transfers.
struct Slowest {
    std::int64_t cycles = 0;
    std::string port;
};

/// Bits through the ports of every memory.
class Ports {
  public:
    Ports(const Description& machine, const Prices& prices)
        : machine_(machine), prices_(prices), loads_(machine.memories.size()) {}

    void add(const Transfer& transfer, const Crossing& crossing) {
        loads_[transfer.parent].add_as_parent(prices_.memory(transfer.parent), transfer.operand, crossing);
        if (transfer.child == loads_.size()) return;
        loads_[transfer.child].add_as_child(prices_.memory(transfer.child), transfer.operand, crossing);
    }

    Slowest slowest() const {
        Slowest slowest;
        for (std::size_t m = 0; m < loads_.size(); ++m) {
            const MemoryPrice& price = prices_.memory(m);
            const double read = loads_[m].bits_read;
            const double written = loads_[m].bits_written;
            const std::int64_t cycles = price.cycles(read, written);
            if (cycles <= slowest.cycles) continue;
            slowest = {.cycles = cycles,
                       .port =
                           fmt::format("{}{}", machine_.memories[m].name, price.slowest_port(read, written))};
        }
        return slowest;
    }

  private:
    const Description& machine_;
    const Prices& prices_;
    std::vector<Load> loads_;
};

/// What one level exchanges with the levels outside: memories with two buffers, and the array, beside the
/// work inside; memories with one buffer instead of it.
class Exchange {
  public:
    Exchange(const Description& machine, const LayerWork& work, const Prices& prices,
             const Schedule& schedule)
        : machine_(machine), work_(work),
          schedule_(schedule), beside_{machine, prices}, instead_{machine, prices} {}

    void add(const Transfer& transfer) {
        const bool is_array = transfer.child == machine_.memories.size();
        Part& part = is_array || machine_.memories[transfer.child].is_double_buffered ? beside_ : instead_;
        part.all.add(transfer, transfer.crossing);
        // What fills a systolic array and drains it is in its own cycles.
        if (is_array && machine_.array.is_systolic) return;
        const std::int64_t tile = tile_elements(work_, schedule_, transfer.operand, transfer.depth,
                                                machine_.accounting.input_positions);
        if (transfer.operand != Operand::outputs) {
            part.first.add(transfer, {.in = std::min(tile, transfer.crossing.in)});
        } else {
            part.first.add(transfer, {.started = std::min(tile, transfer.crossing.started)});
            part.last.add(transfer, {.finished = std::min(tile, transfer.crossing.finished)});
        }
    }

    /// Equation (11): the time of this level with that of what lies inside; its share is entered in `level`.
    std::int64_t around(std::int64_t inside, LevelLatency& level) const {
        const Times beside = beside_.times();
        const Times instead = instead_.times();
        const std::int64_t fill = beside.fill + instead.fill;
        const std::int64_t drain = beside.drain + instead.drain;
        const std::int64_t time = instead.all + beside.fill +
                                  std::max(inside, beside.all - beside.fill - beside.drain) + beside.drain;
        level.fill = Cycles(fill);
        level.drain = Cycles(drain);
        level.stall = Cycles(time - inside - fill - drain);
        level.slowest_port = beside.all >= instead.all ? beside.port : instead.port;
        return time;
    }

  private:
    struct Times {
        std::int64_t all = 0;
        std::int64_t fill = 0;
        std::int64_t drain = 0;
        std::string port;
    };
    struct Part {
        Part(const Description& machine, const Prices& prices)
            : all(machine, prices), first(machine, prices), last(machine, prices) {}

        Ports all;
        Ports first; ///< tiles
        Ports last;

        Times times() const {
            const Slowest slowest = all.slowest();
            const std::int64_t fill = std::min(first.slowest().cycles, slowest.cycles);
            return {.all = slowest.cycles,
                    .fill = fill,
                    .drain = std::min(last.slowest().cycles, slowest.cycles - fill),
                    .port = slowest.port};
        }
    };

    const Description& machine_;
    const LayerWork& work_;
    const Schedule& schedule_;
    Part beside_;
    Part instead_;
};

} // namespace

Latency latency_of(const Description& machine, const LayerWork& work, const Prices& prices,
                   const Schedule& schedule, const Counts& counts) {
    const std::vector<std::vector<std::size_t>> levels = memory_levels(machine);
    std::vector<std::size_t> level_of(machine.memories.size() + 1, levels.size());
    for (std::size_t l = 0; l < levels.size(); ++l) {
        for (const std::size_t m : levels[l]) level_of[m] = l;
    }
    std::int64_t time = prices.cycles_of(counts.array);
    Latency latency;
    for (std::size_t l = levels.size(); l > 0; --l) {
        Exchange exchange(machine, work, prices, schedule);
        for (const Transfer& transfer : counts.transfers) {
            if (level_of[transfer.child] == l) exchange.add(transfer);
        }
        LevelLatency level{.level = "array"};
        if (l < levels.size()) {
            std::vector<std::string> names;
            for (const std::size_t m : levels[l]) names.push_back(machine.memories[m].name);
            level.level = fmt::format("{}", fmt::join(names, " + "));
        }
        time = exchange.around(time, level);
        latency.levels.insert(latency.levels.begin(), std::move(level));
    }
    // A port that serves two levels is busy with both.
    Ports ports(machine, prices);
    for (const Transfer& transfer : counts.transfers) ports.add(transfer, transfer.crossing);
    const Slowest slowest = ports.slowest();
    if (slowest.cycles > time) {
        LevelLatency& level = latency.levels.front();
        level.stall += Cycles(slowest.cycles - time);
        level.slowest_port = slowest.port;
        time = slowest.cycles;
    }
    latency.cycles = Cycles(time);
    return latency;
}

} // namespace tandem::spatial
