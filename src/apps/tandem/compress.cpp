#include "compress.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "tandem/codesign/compression/compression_run.h"
#include "tandem/codesign/compression/compression_summary.h"
#include "tandem/codesign/compression/published_east.h"
#include "tandem/codesign/experiment.h"
#include "tandem/core/interrupt.h"
#include "tandem/report/dot_plot.h"
#include "tandem/report/report.h"
#include "tandem/report/text.h"

namespace tandem::app {

namespace {

constexpr std::size_t kPlotColumns = 60;
constexpr std::size_t kPlotRows = 14;

std::string percent(double share) { return format_fixed(100.0 * share, 2) + " %"; }

std::string format_points(const std::vector<CompressionPoint>& points) {
    const std::vector<std::size_t> front = compression_front(points);
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const CompressionPoint& point = points[i];
        const bool is_in_front = std::find(front.begin(), front.end(), i) != front.end();
        rows.push_back(
            {is_in_front ? "*" : "", point.name, std::to_string(point.bits), percent(point.test_accuracy),
             percent(point.validation_accuracy), format_count(point.parameters), percent(point.sparsity),
             format_count(point.encoded_weight_bytes), format_count(point.standard_encoded_weight_bytes),
             format_fixed(point.compression(), 1), format_count(point.resident_kibibytes),
             point.fits ? "yes" : "no"});
    }
    constexpr Alignment kRight = Alignment::right;
    return format_table({{"", Alignment::left},
                         {"point", Alignment::left},
                         {"bits", kRight},
                         {"test", kRight},
                         {"validation", kRight},
                         {"parameters", kRight},
                         {"zeros", kRight},
                         {"LZ4 bytes", kRight},
                         {"standard", kRight},
                         {"x smaller", kRight},
                         {"resident KiB", kRight},
                         {"fits", kRight}},
                        rows);
}

/// Accuracy over size; the front's points are stars.
std::string format_plot(const std::vector<CompressionPoint>& points) {
    if (points.size() < 3) return "";
    const std::vector<std::size_t> front = compression_front(points);
    std::vector<PlotPoint> dots;
    std::vector<double> sizes;
    std::vector<double> accuracies;
    for (const CompressionPoint& point : points) {
        sizes.push_back(static_cast<double>(size_bytes(point)) / 1024.0);
        accuracies.push_back(point.test_accuracy);
        dots.push_back({.x = sizes.back(), .y = accuracies.back(), .sign = "o"});
    }
    for (const std::size_t i : front) dots.push_back({.x = sizes[i], .y = accuracies[i], .sign = "*"});
    const auto [least, most] = std::minmax_element(sizes.begin(), sizes.end());
    const auto [worst, best] = std::minmax_element(accuracies.begin(), accuracies.end());
    return "\n" + format_dot_plot(
                      dots, {.name = "KiB", .first = format_compact(*least), .last = format_compact(*most)},
                      {.name = "test accuracy", .first = percent(*worst), .last = percent(*best)},
                      kPlotColumns, kPlotRows);
}

std::string format_distances(const std::vector<CompressionPoint>& points) {
    std::string text;
    for (const std::int64_t bits : {std::int64_t{8}, std::int64_t{16}}) {
        const std::optional<FrontDistance> distance = distance_to_front(points, bits);
        if (!distance || points[distance->point].method != "paq") continue;
        text += fmt::format("best of {:2} bits: {}, {} points and {} KiB from the front\n", bits,
                            points[distance->point].name, format_fixed(100.0 * distance->accuracy, 2),
                            distance->bytes / 1024);
    }
    return text;
}

std::string format_comparisons(const std::vector<CompressionPoint>& points) {
    std::string text;
    for (const PruningComparison& comparison : compare_prunings(points)) {
        const CompressionPoint& east = points[comparison.east];
        const double bytes = static_cast<double>(east.float_weight_bytes) / east.target;
        text += fmt::format("in at most {} bytes, {} against {}: {:+.2f} points\n",
                            format_count(static_cast<std::int64_t>(bytes)), east.name,
                            points[comparison.magnitude].name, 100.0 * comparison.gain);
    }
    return text;
}

/// The published rows beside ours, of another network, which the first line says.
std::string format_published(const CompressionJob& job, const std::vector<CompressionPoint>& points) {
    std::vector<std::vector<std::string>> rows;
    for (const PublishedComparison& comparison : compare_with_published(job, points)) {
        const CompressionPoint& point = points[comparison.point];
        rows.push_back({format_fixed(comparison.published.compression, 1),
                        percent(comparison.published.accuracy), point.name,
                        format_fixed(point.compression(), 1), percent(point.test_accuracy),
                        fmt::format("{:+.2f}", 100.0 * comparison.difference)});
    }
    if (rows.empty()) return "";
    constexpr Alignment kRight = Alignment::right;
    return fmt::format("\npublished ({}) beside ours at the nearest compression:\n", kPublishedEastNetwork) +
           format_table({{"x smaller", kRight},
                         {"published", kRight},
                         {"ours"},
                         {"x smaller", kRight},
                         {"test", kRight},
                         {"points", kRight}},
                        rows);
}

Result<CompressionJob> asked_job(const CompressOptions& options) {
    CompressionJob job = TANDEM_TRY(load_compression_job(options.job));
    if (options.seed) job.train.seed = *options.seed;
    if (!options.data_root.empty()) {
        // The run's own copy of the job says where its data were found.
        DataOptions place;
        place.dataset = job.train.dataset;
        place.directory = job.train.dataset_directory;
        place.root = options.data_root;
        job.train.dataset_directory = data_folder(place);
    }
    return job;
}

struct Opened {
    CompressionRun run;
    CompressionData data;
    std::shared_ptr<Trainer> trainer;
};

Result<Opened> open_run(const CompressOptions& options) {
    if (!options.resume.empty()) {
        CompressionRun run = TANDEM_TRY(resume_compression_run(options.resume));
        CompressionData data = TANDEM_TRY(load_compression_data(run.job));
        return Opened{std::move(run), std::move(data), TANDEM_TRY(load_trainer())};
    }
    const CompressionJob job = TANDEM_TRY(asked_job(options));
    // Bad input must leave nothing behind, so the folder comes last.
    CompressionData data = TANDEM_TRY(load_compression_data(job));
    std::shared_ptr<Trainer> trainer = TANDEM_TRY(load_trainer());
    CompressionRun run =
        TANDEM_TRY(create_compression_run(options.out.empty() ? "runs/" + job.name : options.out, job,
                                          options.force ? Existing::replace : Existing::refuse));
    return Opened{std::move(run), std::move(data), std::move(trainer)};
}

} // namespace

Result<bool> asks_for_compression(const std::string& job, const std::string& resume) {
    const std::filesystem::path file =
        resume.empty() ? std::filesystem::path(job) : CompressionPaths{resume}.job();
    if (!resume.empty() && !std::filesystem::exists(file)) return false; // a folder without any run
    return is_compression_job(TANDEM_TRY(load_yaml(file.string())));
}

Result<void> compress(const CompressOptions& options) {
    Opened opened = TANDEM_TRY(open_run(options));
    const CompressionPaths& paths = opened.run.paths;
    opened.run.job.train.threads = static_cast<std::int64_t>(options.common.threads);
    const std::unique_ptr<Progress> progress =
        make_progress(options.common.quiet ? Verbosity::quiet : Verbosity::normal);
    install_interrupt_handler();
    auto points = run_compression(opened.run, opened.data, *opened.trainer, interrupt_flag(), *progress);
    if (!points && points.error().kind == ErrorKind::interrupted) {
        Error error = std::move(points).error();
        error.problems = {{paths.directory.string(), "", "an interrupt; every finished epoch is kept",
                           "to go on: tandem run --resume " + paths.directory.string()}};
        return tl::unexpected(std::move(error));
    }
    if (!points) return tl::unexpected(std::move(points).error());
    const Document document = compression_document(opened.run.job, *points);
    TANDEM_TRY(
        write_file(paths.summary(), to_json(document, JsonLayout::indented) + "\n", Existing::replace));
    if (options.common.json) return print_json(document);
    return print(fmt::format("{}{}{}points: {}\n", format_points(*points), format_plot(*points),
                             format_comparisons(*points) + format_distances(*points) +
                                 format_published(opened.run.job, *points),
                             paths.points().string()));
}

} // namespace tandem::app
