#include "tandem/report/page_summary.h"

#include <algorithm>

#include <fmt/format.h>

#include "tandem/report/html.h"
#include "tandem/report/text.h"

namespace tandem {

namespace {

std::string escaped(const Document& map, std::string_view key) {
    return escape_html(printable_line(text_at(map, key)));
}

bool is_percentage(const ObjectiveView& objective) { return objective.unit == "%"; }

/// "91.30 %" or "12.35 M": the figure of the big print.
std::string shown_value(const ObjectiveView& objective, double value) {
    const double scaled = value * objective.scale;
    return is_percentage(objective) ? format_fixed(scaled, 2) : format_compact(scaled);
}

/// What became of the reference: "−0.35 points" for percentages, "29.1 % of the reference" for the rest.
std::string shown_change(const ObjectiveView& objective, double value, double reference) {
    if (is_percentage(objective)) {
        const double points = (value - reference) * objective.scale;
        std::string digits = format_fixed(std::abs(points), 2);
        const char* sign = digits == "0.00" ? "&plusmn;" : points < 0.0 ? "&minus;" : "+";
        return fmt::format("{}{} points", sign, digits);
    }
    if (reference == 0.0) return "";
    return fmt::format("{} % of the reference", format_fixed(value / reference * 100.0, 1));
}

/// "1 design", "1,012 designs".
std::string counted(std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", format_count(static_cast<std::int64_t>(count)), noun,
                       count == 1 ? "" : "s");
}

/// How far the search went, and what the chosen design keeps and spends.
std::string result_sentence(const RunView& view) {
    std::string sentence = fmt::format(
        "{} evaluated in {}; ", counted(list_at(member_at(*view.run, "designs"), "id").size(), "design"),
        counted(list_at(*view.run, "generations").size(), "generation"));
    if (view.front.empty()) return sentence + "none of them is feasible.";
    sentence += fmt::format("{} of them form{} the front.",
                            format_count(static_cast<std::int64_t>(view.front.size())),
                            view.front.size() == 1 ? "s" : "");
    const Document* chosen = find_details(view, view.chosen);
    const Document* reference = find_details(view, view.reference);
    if (chosen == nullptr) return sentence;

    std::vector<std::string> kept;
    std::vector<std::string> spent;
    for (const ObjectiveView& objective : view.objectives) {
        const std::optional<double> value = number_at(*chosen, objective.key);
        const std::optional<double> base = number_at(reference, objective.key);
        if (!value) continue;
        const std::string label = escape_html(in_sentence(printable_line(objective.label)));
        if (objective.better == Better::higher) {
            kept.push_back(fmt::format("<strong>{}{}{} {}</strong>", shown_value(objective, *value),
                                       objective.unit.empty() ? "" : "&nbsp;", escape_html(objective.unit),
                                       label));
        } else if (base && *base != 0.0) {
            spent.push_back(fmt::format("<strong>{}&nbsp;% of the {}</strong>",
                                        format_fixed(*value / *base * 100.0, 0), label));
        }
    }
    sentence += fmt::format(" The chosen one, design {},", *view.chosen);
    if (!kept.empty()) sentence += fmt::format(" has {}", fmt::join(kept, " and "));
    if (!spent.empty()) sentence += fmt::format(" at {} of the reference", fmt::join(spent, " and "));
    return sentence + ".";
}

std::string emit_fact(std::string_view name, const std::string& value, const std::string& remark) {
    return fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n", name, value, remark);
}

std::string emit_card(std::string_view label, const std::string& value, std::string_view unit,
                      const std::string& change, double share, const std::string& remark) {
    // The bar is the share of the reference; it stays inside its frame when that grew.
    const double width = std::clamp(share * 100.0, 0.0, 100.0);
    // A percent sign stays with its number; longer units stand in the head.
    const bool is_sign = unit == "%";
    const std::string head_unit = is_sign ? "" : fmt::format(" <small>{}</small>", unit);
    return fmt::format("<article class=\"card\"><h3>{}{}</h3>\n<p class=\"value\">{}{}</p>\n"
                       "<p class=\"change\">{}</p>\n<div class=\"share\" aria-hidden=\"true\">"
                       "<i style=\"width:{:.1f}%\"></i></div>\n<p class=\"remark\">{}</p></article>\n",
                       label, head_unit, value, is_sign ? "<small>&thinsp;%</small>" : "", change, width,
                       remark);
}

std::string emit_objective_card(const RunView& view, const ObjectiveView& objective, const Document& chosen,
                                const Document* reference) {
    const std::optional<double> value = number_at(chosen, objective.key);
    if (!value) return "";
    const std::string unit = escape_html(printable_line(objective.unit));
    const std::optional<double> base = number_at(reference, objective.key);
    std::string remark;
    if (base) remark = fmt::format("Reference {} {}", shown_value(objective, *base), unit);
    if (objective.key == "accuracy") {
        const Document& dataset = member_at(*view.run, "dataset");
        if (const auto samples = count_at(dataset, "validation_samples")) {
            remark += fmt::format("{}on {} validation samples", base ? ", " : "", format_count(*samples));
        }
        if (const std::optional<double> trained = number_at(chosen, "fine_tuned_accuracy")) {
            remark += fmt::format("<br>After training {} {} of the same samples",
                                  shown_value(objective, *trained), unit);
        }
        const std::optional<double> test = number_at(chosen, "test_accuracy");
        if (test) {
            remark += fmt::format("<br>Test {} {}", shown_value(objective, *test), unit);
            const std::optional<double> test_base = number_at(reference, "test_accuracy");
            if (test_base)
                remark += fmt::format(", reference {} {}", shown_value(objective, *test_base), unit);
            if (const auto samples = count_at(dataset, "test_samples")) {
                remark += fmt::format(", on {} samples", format_count(*samples));
            }
        }
    }
    return emit_card(escape_html(printable_line(objective.label)), shown_value(objective, *value), unit,
                     base ? shown_change(objective, *value, *base) : "",
                     base && *base != 0.0 ? *value / *base : 1.0, remark);
}

std::string emit_storage_card(const Document& chosen, const Document* reference) {
    const std::optional<double> value = number_at(chosen, "weight_storage_bytes");
    if (!value) return "";
    const std::optional<double> base = number_at(reference, "weight_storage_bytes");
    const auto kibibytes = [](double bytes) { return format_fixed(bytes / 1024.0, 1); };
    return emit_card("Weight storage", kibibytes(*value), "KiB",
                     base && *base != 0.0
                         ? fmt::format("{} % of the reference", format_fixed(*value / *base * 100.0, 1))
                         : "",
                     base && *base != 0.0 ? *value / *base : 1.0,
                     base ? fmt::format("Reference {} KiB", kibibytes(*base)) : "");
}

std::string emit_proof(const Document& proof) {
    const auto samples = count_at(proof, "samples");
    const auto differing = count_at(proof, "differing_samples");
    if (!samples || !differing) return "";
    const std::string named = escaped(proof, "artifact"); // older records are of C
    const std::string artifact = named.empty() ? "C" : named;
    const std::string compiler = escaped(proof, "compiler");
    const std::string by = compiler.empty() ? "" : fmt::format(" Compiled with {}.", compiler);
    if (*differing == 0) {
        return fmt::format(
            "<p class=\"proof holds\"><strong>Proved.</strong> The generated {} and the engine "
            "agree bit for bit on all {} test samples.{}</p>\n",
            artifact, format_count(*samples), by);
    }
    return fmt::format(
        "<p class=\"proof fails\"><strong>Not equal.</strong> The generated {} differs from the "
        "engine on {} of {} test samples.{}</p>\n",
        artifact, format_count(*differing), format_count(*samples), by);
}

std::string emit_listing(std::string_view summary, const std::string& text) {
    if (text.empty()) return "";
    return fmt::format("<details open><summary>{}</summary>\n<pre tabindex=\"0\">{}</pre></details>\n",
                       summary, escape_html(text));
}

} // namespace

std::string emit_header(const RunView& view) {
    const Document& run = *view.run;
    const Document& network = member_at(run, "network");
    const Document& dataset = member_at(run, "dataset");
    const Document& machine = member_at(run, "machine");

    double multiply_accumulates = 0.0;
    for (const Document& layer : list_at(network, "layers")) {
        multiply_accumulates += number_at(layer, "multiply_accumulates").value_or(0.0);
    }
    std::vector<std::string> wanted;
    for (const ObjectiveView& objective : view.objectives) {
        wanted.push_back(fmt::format("{}&nbsp;{}", escape_html(in_sentence(printable_line(objective.label))),
                                     objective.better == Better::higher ? "&uarr;" : "&darr;"));
    }

    std::string html =
        fmt::format("<header id=\"head\">\n<p class=\"eyebrow\">Tandem co-design report</p>\n<h1>{}</h1>\n"
                    "<p class=\"lead\">{}</p>\n<dl class=\"asked\">\n",
                    escaped(run, "title"), result_sentence(view));
    html += emit_fact("Network", escaped(network, "name"),
                      fmt::format("{} parameters, {} layers, {} MACs",
                                  format_count(count_at(network, "parameters").value_or(0)),
                                  list_at(network, "layers").size(), format_compact(multiply_accumulates)));
    if (!text_at(dataset, "name").empty()) {
        // A run that goes on has tested nothing yet.
        const std::int64_t tested = count_at(dataset, "test_samples").value_or(0);
        html += emit_fact("Data", escaped(dataset, "name"),
                          fmt::format("{} validation{} samples",
                                      format_count(count_at(dataset, "validation_samples").value_or(0)),
                                      tested > 0 ? fmt::format(", {} test", format_count(tested)) : ""));
    }
    html += emit_fact("Machine", escaped(machine, "name"), escaped(machine, "family") + " family");
    html += emit_fact("Objectives", fmt::format("{}", fmt::join(wanted, ", ")),
                      fmt::format("seed {}", count_at(run, "seed").value_or(0)));
    return html + "</dl>\n</header>\n";
}

std::string emit_result(const RunView& view) {
    const Document* chosen = find_details(view, view.chosen);
    if (chosen == nullptr) return "";
    const Document* reference = find_details(view, view.reference);
    std::string html = fmt::format("<section id=\"result\" aria-labelledby=\"result-head\">\n"
                                   "<h2 id=\"result-head\">The chosen design{}</h2>\n<div class=\"cards\">\n",
                                   reference != nullptr ? " against the reference" : "");
    for (const ObjectiveView& objective : view.objectives) {
        html += emit_objective_card(view, objective, *chosen, reference);
    }
    html += emit_storage_card(*chosen, reference) + "</div>\n";
    return html + emit_proof(member_at(*view.run, "proof")) + "</section>\n";
}

std::string emit_reproduction(const RunView& view) {
    const Document& run = *view.run;
    return fmt::format("<section id=\"reproduce\" aria-labelledby=\"reproduce-head\">\n"
                       "<h2 id=\"reproduce-head\">To have it again</h2>\n"
                       "<p>Tandem {}, seed {}. The same version, job and seed give the same designs.</p>\n"
                       "<pre class=\"command\" tabindex=\"0\">{}</pre>\n",
                       escaped(run, "tandem_version"), count_at(run, "seed").value_or(0),
                       escaped(run, "command")) +
           emit_listing("The job, resolved", text_at(run, "job")) +
           emit_listing("The machine", text_at(member_at(run, "machine"), "description")) + "</section>\n";
}

} // namespace tandem
