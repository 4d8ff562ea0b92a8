#include "deploy_firmware.h"

#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.h"
#include "tandem/core/files.h"
#include "tandem/machine/microcontroller/encoded_weights.h"
#include "tandem/report/text.h"

namespace tandem::app {

namespace {

std::string share_of(Bytes part, Bytes whole) {
    return fmt::format("{} bytes of {} ({:.0f} %)", format_count(part.value), format_count(whole.value),
                       100.0 * static_cast<double>(part.value) / static_cast<double>(whole.value));
}

} // namespace

tl::unexpected<Error> does_not_fit(const Board& board, const ImageOverflow& overflow,
                                   const OperatingPoints& points) {
    return failed(std::string(board.name), "", describe_overflow(overflow, points.largest()),
                  fmt::format("at most {} bytes", format_count(overflow.available.value)));
}

std::string describe_image(const Board& board, const ImageSize& size, Bytes stack,
                           std::string_view stack_from) {
    std::string text;
    const auto row = [&](std::string_view name, const std::string& value) {
        text += fmt::format("  {:<14}{}\n", name, value);
    };
    row("flash", share_of(size.flash(), board.flash.size));
    row("", fmt::format("weights {}, tables {}, code {}, the rest of the image {}",
                        format_count(size.weights.value), format_count(size.tables.value),
                        format_count(size.code.value), format_count(size.support.value)));
    row("RAM", share_of(size.static_ram() + stack, board.ram.size));
    row("", fmt::format("network {}, the rest of the image {}, stack {} ({})", format_count(size.arena.value),
                        format_count((size.static_ram() - size.arena).value), format_count(stack.value),
                        stack_from));
    return text;
}

Document::Map image_members(const ImageSize& size, Bytes stack) {
    return {{"flash_bytes", size.flash().value},    {"ram_bytes", (size.static_ram() + stack).value},
            {"weight_bytes", size.weights.value},   {"table_bytes", size.tables.value},
            {"code_bytes", size.code.value},        {"support_bytes", size.support.value},
            {"data_bytes", size.layout.data.value}, {"bss_bytes", size.layout.bss.value},
            {"arena_bytes", size.arena.value},      {"stack_bytes", stack.value}};
}

Result<Image> try_image(const std::vector<EmittedFile>& sources, const Deployment& deployment,
                        const OperatingPoints& points) {
    const Board& board = *find_board(deployment.board);
    const TemporaryDirectory folder = TANDEM_TRY(TemporaryDirectory::create());
    for (const EmittedFile& file : sources) {
        TANDEM_TRY(write_file(folder.path() / file.name, file.contents, Existing::refuse));
    }
    const TemporaryDirectory workplace = TANDEM_TRY(TemporaryDirectory::create());
    Image image = TANDEM_TRY(
        build_firmware(folder.path(), board, deployment.optimization, Tracing::none, workplace.path()));
    if (image.overflow) return does_not_fit(board, *image.overflow, points);
    return image;
}

Result<void> print_image_size(const std::string& folder, const Deployment& deployment,
                              const OperatingPoints& points, const Image& image, bool as_json) {
    const Board& board = *find_board(deployment.board);
    // What encoding would save is said of one program; several share some of their weights.
    std::optional<WeightBytes> weights;
    if (points.size() == 1) weights = weight_bytes(points.first());
    if (as_json) {
        Document::Map members{{"target", deployment.target}, {"board", deployment.board}, {"folder", folder}};
        for (auto& member : image_members(image.size, image.stack_bound))
            members.push_back(std::move(member));
        if (weights) {
            members.push_back({"lz4_weight_bytes", weights->encoded.value});
            members.push_back({"lz4_standard_weight_bytes", weights->standard.value});
        }
        if (points.are_named()) {
            members.push_back({"points", Document::List(deployment.points.begin(), deployment.points.end())});
        }
        return print_json(std::move(members));
    }
    std::string text =
        fmt::format("{} ({}, {}) in {}\n\n{}", board.name, board.description, deployment.optimization, folder,
                    describe_image(board, image.size, image.stack_bound, "at most, by its calls"));
    if (weights) {
        text += fmt::format("  {:<14}weights {} for {} plain (standard parser {})\n", "as LZ4",
                            format_count(weights->encoded.value), format_count(weights->plain.value),
                            format_count(weights->standard.value));
    }
    if (points.are_named()) text += fmt::format("  {:<14}{}\n", "points", fmt::join(deployment.points, ", "));
    return print(text + fmt::format("\nto run it beside the engine: tandem verify {}\n", folder));
}

} // namespace tandem::app
