#include "tandem/machine/spatial/simulation.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "tandem/core/check.h"
#include "tandem/machine/spatial/addresses.h"
#include "tandem/machine/spatial/positions.h"

namespace tandem::spatial {

namespace {

constexpr std::size_t kOutputs = index_of(Operand::outputs);

/// A loop of the nest: block, and place in the block's order.
struct Place {
    int block = -1; ///< -1: outside all loops
    int position = -1;

    auto operator<=>(const Place&) const = default;
};

class Simulation {
  public:
    Simulation(const LayerWork& work, const Schedule& schedule, const Accounting& accounting,
               const Tensors& tensors)
        : work_(work), schedule_(schedule), accounting_(accounting), tensors_(tensors),
          addresses_(work, accounting.input_positions), blocks_(static_cast<int>(schedule.blocks)),
          memories_(schedule.held.size()) {
        outputs_.assign(static_cast<std::size_t>(elements(work, Operand::outputs)), 0);
        terms_ = work.extent(Dimension::c) * work.extent(Dimension::fy) * work.extent(Dimension::fx);
        done_.assign(outputs_.size(), 0);
        result_.counts.memories.resize(memories_);
        result_.counts.holds_sums.assign(memories_, false);
        result_.most_held.resize(memories_);
        buffers_.resize(memories_);
        for (const Operand operand : kAllOperands) list_chain(operand);
        const std::uint32_t passes = schedule.looping(schedule.blocks - 1);
        slides_ = passes != 0 &&
                  may_slide(work, schedule.split(Dimension::ox), schedule.split(Dimension::fx)) &&
                  innermost_of(schedule.orders[schedule.blocks - 1], passes).dimension == Dimension::ox;
        for (std::size_t d = 0; d < kDimensions; ++d) {
            word_of_[d] = number_words(schedule.splits[d], schedule.blocks);
        }
    }

    Simulated run() {
        Ranges all;
        for (const Dimension dimension : kAllDimensions) {
            all[index_of(dimension)] = {0, work_.extent(dimension)};
        }
        bring_in({}, all);
        loop({.block = 0, .position = 0}, all, all);
        for (const Operand operand : kAllOperands) empty(operand, 0);
        result_.outputs = outputs_;
        result_.counts.array.stays = stays_;
        return result_;
    }

  private:
    /// One holder of an operand inside the outermost memory; the array is the last.
    struct Holder {
        std::size_t memory = 0;
        std::size_t parent = 0;
        Place place; ///< the loop whose every iteration brings in another tile
        bool is_array = false;
    };
    using Buffer = std::unordered_map<std::int64_t, std::int64_t>;

    void list_chain(Operand operand) {
        std::size_t parent = 0;
        auto& chain = chains_[index_of(operand)];
        for (std::size_t m = 1; m < memories_; ++m) {
            const int depth = schedule_.held[m][index_of(operand)];
            if (depth == kBypassed) continue;
            chain.push_back({.memory = m, .parent = parent, .place = innermost_change(operand, depth)});
            parent = m;
        }
        chain.push_back({.memory = memories_,
                         .parent = parent,
                         .place = innermost_change(operand, blocks_),
                         .is_array = true});
    }

    /// The innermost of the loops of the first `depth` blocks that changes an operand.
    Place innermost_change(Operand operand, int depth) const {
        for (int block = depth - 1; block >= 0; --block) {
            const auto& order = schedule_.orders[static_cast<std::size_t>(block)];
            for (int position = kDimensions - 1; position >= 0; --position) {
                const Dimension dimension = order[static_cast<std::size_t>(position)];
                const bool loops = schedule_.split(dimension).iterations(static_cast<std::size_t>(block),
                                                                         schedule_.blocks) > 1;
                if (loops && depends_on(operand, dimension)) return {block, position};
            }
        }
        return {};
    }

    /// Runs the loop at `place` over the part that the block's tile leaves it, and all inside.
    void loop(Place place, const Ranges& tile, Ranges inside) {
        if (place.position == static_cast<int>(kDimensions)) {
            place = {place.block + 1, 0};
            if (place.block == blocks_) {
                execute_pass(inside);
                return;
            }
            loop(place, inside, inside);
            return;
        }
        const auto block = static_cast<std::size_t>(place.block);
        const Dimension dimension = schedule_.orders[block][static_cast<std::size_t>(place.position)];
        const std::size_t d = index_of(dimension);
        const Split& split = schedule_.splits[d];
        const std::int64_t step =
            block + 1 < schedule_.blocks ? split.tile[block + 1] : split.words_in_pass() * split.lanes;
        for (std::int64_t begin = 0; begin < tile[d].length; begin += step) {
            inside[d] = {tile[d].begin + begin, std::min(step, tile[d].length - begin)};
            bring_in(place, inside);
            loop({place.block, place.position + 1}, tile, inside);
        }
    }

    /// Every holder whose tile changes with the loop at `place`, from the outside in.
    void bring_in(Place place, const Ranges& ranges) {
        for (const Operand operand : kAllOperands) {
            const auto& chain = chains_[index_of(operand)];
            for (std::size_t h = 0; h < chain.size(); ++h) {
                if (chain[h].place != place) continue;
                empty(operand, h);
                if (chain[h].is_array) {
                    start_stay(operand, place, ranges);
                } else {
                    fill(operand, chain[h], ranges);
                }
            }
        }
    }

    /// A memory takes in its tile.
    void fill(Operand operand, const Holder& holder, const Ranges& ranges) {
        Buffer& buffer = buffers_[holder.memory][index_of(operand)];
        MemoryCounts& own = result_.counts.memories[holder.memory];
        MemoryCounts& parent = result_.counts.memories[holder.parent];
        for (const std::int64_t key : addresses_.tile(operand, ranges)) {
            if (operand != Operand::outputs) {
                buffer[key] = read_from(holder.parent, operand, key);
                ++parent.read[index_of(operand)];
                ++own.written[index_of(operand)];
            } else if (done_[static_cast<std::size_t>(key)] > 0) {
                buffer[key] = read_from(holder.parent, operand, key);
                ++parent.sums_read;
                ++own.sums_written;
            } else {
                buffer[key] = 0; // a sum that starts has nothing to come from
                if (accounting_.first_read == FirstRead::charged) {
                    ++parent.sums_read;
                    ++own.sums_written;
                }
            }
        }
        auto& most = result_.most_held[holder.memory][index_of(operand)];
        most = std::max(most, static_cast<std::int64_t>(buffer.size()));
    }

    std::int64_t read_from(std::size_t memory, Operand operand, std::int64_t key) {
        if (memory == 0) {
            switch (operand) {
            case Operand::weights: return tensors_.weights[static_cast<std::size_t>(key)];
            case Operand::inputs: return tensors_.inputs[static_cast<std::size_t>(key)];
            case Operand::outputs: return outputs_[static_cast<std::size_t>(key)];
            }
        }
        const Buffer& buffer = buffers_[memory][index_of(operand)];
        const auto found = buffer.find(key);
        TANDEM_CHECK(found != buffer.end(), "a value is read where it does not lie");
        return found->second;
    }

    /// Holders from `first` on give back their outputs, innermost first, and forget the rest.
    void empty(Operand operand, std::size_t first) {
        const auto& chain = chains_[index_of(operand)];
        for (std::size_t h = chain.size(); h-- > first;) {
            if (chain[h].is_array) {
                end_stay(operand, chain[h]);
                continue;
            }
            Buffer& buffer = buffers_[chain[h].memory][index_of(operand)];
            if (operand == Operand::outputs) {
                MemoryCounts& own = result_.counts.memories[chain[h].memory];
                for (const auto& [key, value] : buffer) {
                    const bool is_finished = done_[static_cast<std::size_t>(key)] == terms_;
                    ++(is_finished ? own.finished_read : own.sums_read);
                    give(chain[h].parent, key, value, is_finished);
                }
            }
            buffer.clear();
        }
    }

    void give(std::size_t memory, std::int64_t key, std::int64_t value, bool is_finished) {
        MemoryCounts& counts = result_.counts.memories[memory];
        ++(is_finished ? counts.finished_written : counts.sums_written);
        if (!is_finished) result_.counts.holds_sums[memory] = true;
        if (memory == 0) {
            outputs_[static_cast<std::size_t>(key)] = value;
        } else {
            auto& buffer = buffers_[memory][kOutputs];
            TANDEM_CHECK(buffer.contains(key), "an output returns to where it has no place");
            buffer[key] = value;
        }
    }

    // The array. What an element holds of an operand during a stay is kept by element and value.

    void start_stay(Operand operand, Place place, const Ranges& ranges) {
        const std::size_t o = index_of(operand);
        ++stays_[o];
        const std::int64_t column = ranges[index_of(Dimension::ox)].begin;
        const bool sweeps_on = operand == Operand::inputs && slides_ && place.block == blocks_ - 1 &&
                               column != tile_begin(schedule_.split(Dimension::ox), schedule_.blocks, column);
        if (!sweeps_on) {
            in_elements_[o].clear();
            fetched_[o].clear();
        }
    }

    /// Partial sums leave the elements and are added up on their way.
    void end_stay(Operand operand, const Holder& holder) {
        if (operand != Operand::outputs) return;
        std::map<std::int64_t, std::int64_t> sums;
        for (const auto& [element_and_key, value] : element_sums_) {
            ++result_.counts.array.sums_left;
            sums[element_and_key.second] += value;
        }
        for (const auto& [key, value] : sums) {
            done_[static_cast<std::size_t>(key)] += terms_now_[key];
            give(holder.parent, key, value, done_[static_cast<std::size_t>(key)] == terms_);
        }
        element_sums_.clear();
        terms_now_.clear();
    }

    /// Reads a value for the array where it does not lie there already.
    void fetch(Operand operand, std::int64_t key) {
        const std::size_t o = index_of(operand);
        const std::size_t parent = chains_[o].back().parent;
        if (!fetched_[o].insert(key).second) return;
        (void)read_from(parent, operand, key);
        ++result_.counts.memories[parent].read[o];
    }

    /// An input or weight that an element needs; counts what is fetched for the array and what enters.
    template <class Mark>
    void need(Operand operand, std::int64_t key, std::int64_t element, const Mark& mark, bool is_padding) {
        const std::size_t o = index_of(operand);
        if (!is_padding) fetch(operand, key);
        if (in_elements_[o].insert({element, mark}).second) ++result_.counts.array.entered[o];
    }

    void execute_pass(const Ranges& ranges) {
        std::array<std::int64_t, kDimensions> words{};
        ArrayCounts& array = result_.counts.array;
        std::int64_t steps = 1;
        std::int64_t operations = 1;
        for (std::size_t d = 0; d < kDimensions; ++d) {
            const Split& split = schedule_.splits[d];
            words[d] = split.words(ranges[d].length);
            steps *= divide_up(words[d], split.unrolled);
            operations *= words[d];
        }
        array.steps += steps;
        array.word_operations += operations;
        if (accounting_.register_reads == RegisterReads::each_operation) {
            for (std::int64_t& words_read : array.operand_words) words_read += operations;
        }
        ++passes_;
        if (accounting_.input_positions == InputPositions::bounding_box) {
            for (const std::int64_t key : addresses_.tile(Operand::inputs, ranges)) {
                fetch(Operand::inputs, key);
            }
        }
        Point point{};
        multiply(ranges, point, 0);
    }

    void multiply(const Ranges& ranges, Point& point, std::size_t next) {
        if (next < kDimensions) {
            for (std::int64_t i = 0; i < ranges[next].length; ++i) {
                point[next] = ranges[next].begin + i;
                multiply(ranges, point, next + 1);
            }
            return;
        }
        std::int64_t element = 0;
        bool is_first_lane = true;
        Point turn{};
        for (std::size_t d = 0; d < kDimensions; ++d) {
            const Split& split = schedule_.splits[d];
            const std::int64_t offset = point[d] - ranges[d].begin;
            const std::int64_t word = word_of_[d][static_cast<std::size_t>(point[d])];
            element = element * split.unrolled + word % split.unrolled;
            const std::int64_t first_word = word_of_[d][static_cast<std::size_t>(ranges[d].begin)];
            turn[d] = (word - first_word) / split.unrolled;
            if (d == index_of(Dimension::c)) is_first_lane = offset % split.lanes == 0;
        }
        execute(point, element);
        for (const Operand operand : kAllOperands) hand_over(operand, point, element, turn, is_first_lane);
    }

    /// A register gives its word to the multiplier, or takes part in a sum; `turn` counts the words that the
    /// element has worked through along each dimension.
    void hand_over(Operand operand, const Point& point, std::int64_t element, const Point& turn,
                   bool is_first_lane) {
        const std::size_t o = index_of(operand);
        ArrayCounts& array = result_.counts.array;
        const bool is_sum = operand == Operand::outputs;
        std::int64_t& count = is_sum ? array.accumulations : array.operand_words[o];
        if (accounting_.register_reads == RegisterReads::each_operation) {
            if (is_sum) count += is_first_lane ? 1 : 0;
            return; // words are counted where operations are
        }
        std::vector<std::int64_t> mark{element, is_sum ? addresses_.output(point) : 0};
        const std::uint32_t own = schedule_.looping_in_registers() & dimensions_of(operand);
        if (own == 0) {
            mark.push_back(stays_[o]);
        } else {
            mark.push_back(passes_);
            const Innermost innermost = innermost_of(schedule_.register_order, own);
            for (std::size_t d = 0; d < kDimensions; ++d) {
                const bool counts = (innermost.outside >> d & 1U) != 0 || index_of(innermost.dimension) == d;
                if (counts) mark.push_back(turn[d]);
            }
        }
        if (handed_over_[o].insert(std::move(mark)).second) ++count;
    }

    void execute(const Point& point, std::int64_t element) {
        const auto at = [&](Dimension dimension) { return point[index_of(dimension)]; };
        const std::int64_t weight_key = addresses_.weight(point);
        const std::optional<std::int64_t> input_key = addresses_.input(point);
        const std::int64_t output_key = addresses_.output(point);
        need(Operand::weights, weight_key, element, std::vector<std::int64_t>{weight_key}, false);
        // An element takes in the row of its filter row and output row; only columns slide.
        std::vector<std::int64_t> mark{at(Dimension::g), at(Dimension::n), at(Dimension::c),
                                       at(Dimension::oy), at(Dimension::fy)};
        if (slides_) {
            mark.push_back(at(Dimension::ox) * work_.strides[1] + at(Dimension::fx));
            // Taps of one pass share an element's window; those of the next are another sweep.
            const Split& taps = schedule_.split(Dimension::fx);
            const std::int64_t begin = tile_begin(taps, schedule_.blocks, at(Dimension::fx));
            mark.push_back(begin + (at(Dimension::fx) - begin) / taps.words_in_pass() * taps.words_in_pass());
        } else {
            mark.push_back(at(Dimension::ox));
            mark.push_back(at(Dimension::fx));
        }
        need(Operand::inputs, input_key.value_or(0), element, mark, !input_key);
        const std::int64_t weight = tensors_.weights[static_cast<std::size_t>(weight_key)];
        const std::int64_t input = input_key ? tensors_.inputs[static_cast<std::size_t>(*input_key)] : 0;
        accumulate(output_key, element, weight * input);
    }

    void accumulate(std::int64_t key, std::int64_t element, std::int64_t product) {
        const std::size_t parent = chains_[kOutputs].back().parent;
        if (!terms_now_.contains(key)) {
            terms_now_[key] = 0;
            const bool comes_back = done_[static_cast<std::size_t>(key)] > 0;
            if (comes_back) element_sums_[{element, key}] = read_from(parent, Operand::outputs, key);
            if (comes_back || accounting_.first_read == FirstRead::charged) {
                ++result_.counts.memories[parent].sums_read;
                ++result_.counts.array.sums_entered;
            }
        }
        element_sums_[{element, key}] += product;
        ++terms_now_[key];
    }

    const LayerWork& work_;
    const Schedule& schedule_;
    const Accounting& accounting_;
    const Tensors& tensors_;
    Addresses addresses_;
    int blocks_;
    std::size_t memories_;
    std::array<std::vector<std::int64_t>, kDimensions> word_of_; ///< by dimension, then position
    bool slides_ = false;
    std::int64_t terms_ = 0; ///< products that one output sums up
    std::array<std::vector<Holder>, kOperands> chains_;
    std::vector<std::array<Buffer, kOperands>> buffers_; ///< by memory
    std::vector<std::int64_t> outputs_;                  ///< in the outermost memory
    std::vector<std::int64_t> done_; ///< by output: products summed up that have left the array
    std::int64_t passes_ = 0;
    std::array<std::int64_t, kOperands> stays_{};                            ///< at the array, so far
    std::array<std::set<std::vector<std::int64_t>>, kOperands> handed_over_; ///< turns counted
    std::array<std::set<std::int64_t>, kOperands> fetched_; ///< read for the array during this stay
    std::array<std::set<std::pair<std::int64_t, std::vector<std::int64_t>>>, kOperands> in_elements_;
    std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> element_sums_; ///< by element, output
    std::map<std::int64_t, std::int64_t> terms_now_; ///< by output: products summed up in the array
    Simulated result_;
};

} // namespace

Outcome<Simulated> simulate_mapping(const Description& machine, const LayerWork& layer,
                                    const Mapping& mapping, const Tensors& tensors) {
    const LayerWork work = accounted(layer, machine.accounting);
    const Schedule schedule = TANDEM_TRY(to_schedule(mapping, work, machine));
    TANDEM_CHECK(static_cast<std::int64_t>(tensors.weights.size()) == elements(work, Operand::weights),
                 "weights of another shape");
    TANDEM_CHECK(static_cast<std::int64_t>(tensors.inputs.size()) ==
                     work.groups * work.extent(Dimension::n) * work.extent(Dimension::c) *
                         image_size(work, 0) * image_size(work, 1),
                 "inputs of another shape");
    return Simulation(work, schedule, machine.accounting, tensors).run();
}

} // namespace tandem::spatial
