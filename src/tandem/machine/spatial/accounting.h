// What counts as an access: the conventions in which tools differ, each a switch, and the presets that users
// compare under. docs/spatial-model.md says what each one changes.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// When a register of an element is read for the multiplier: for every operation, or only when the value it
/// hands over is another one than for the operation before.
enum class RegisterReads { each_operation, on_change };

/// Which inputs a tile has: those that some output of it reads, or everything between the first and the last
/// of them along each axis.
enum class InputPositions { touched, bounding_box };

/// Whether the zero that a sum starts from is read from the memory further out.
enum class FirstRead { elided, charged };

/// Whether padding is known to be zero, or lies in memory and moves like data.
enum class Padding { skipped, fetched };

/// Whether a layer with groups is G small convolutions, or one of all channels whose weights are mostly zero.
enum class Groups { apart, dense };

/// Whether inputs that two tiles in a row share are kept from one to the next. Of given loop nests only: the
/// mapper's own schedules keep them where docs/spatial-model.md says so.
enum class Overlap { fetched_again, kept };

/// Whether transfers run beside compute from the first cycle to the last, or tiles are followed: the first
/// one fills, the last one drains, and a memory with one buffer does not work while it exchanges its tile.
enum class Transfers { overlapped, staged };

std::string_view to_string(RegisterReads reads);
std::string_view to_string(InputPositions positions);
std::string_view to_string(FirstRead read);
std::string_view to_string(Padding padding);
std::string_view to_string(Groups groups);
std::string_view to_string(Overlap overlap);
std::string_view to_string(Transfers transfers);

struct Accounting {
    RegisterReads register_reads = RegisterReads::each_operation;
    InputPositions input_positions = InputPositions::touched;
    FirstRead first_read = FirstRead::elided;
    Padding padding = Padding::skipped;
    Groups groups = Groups::apart;
    Overlap overlap = Overlap::fetched_again;
    Transfers transfers = Transfers::overlapped;

    bool operator==(const Accounting&) const = default;
};

/// The sets of conventions that have a name.
enum class AccountingPreset { chip, tandem, timeloop, zigzag };
inline constexpr std::array<AccountingPreset, 4> kAllAccountingPresets{
    AccountingPreset::chip, AccountingPreset::tandem, AccountingPreset::timeloop, AccountingPreset::zigzag};
/// "chip", "tandem", "timeloop", "zigzag".
std::string_view to_string(AccountingPreset preset);

/// `tandem`: the defaults above. `timeloop`: Timeloop 3. `zigzag`: ZigZag. `chip`: what silicon does that
/// stores padding like data and reads its registers in every cycle, as Eyeriss.
Accounting accounting_of(AccountingPreset preset);

/// The layer that is counted: padding that is fetched becomes data, groups that are dense one group.
LayerWork accounted(LayerWork work, const Accounting& accounting);

} // namespace tandem::spatial
