#include "tandem/codesign/front_view.h"

#include <algorithm>
#include <map>
#include <string>

#include "tandem/codesign/objectives.h"
#include "tandem/core/check.h"
#include "tandem/search/indicators.h"

namespace tandem {

namespace {

const Document& member(const Document& map, std::string_view key) {
    const Document* found = map.find(key);
    TANDEM_CHECK(found != nullptr, "a front document lacks " + std::string(key));
    return *found;
}

const Document::List& list_of(const Document& map, std::string_view key) {
    return *member(map, key).get_if<Document::List>();
}

double number(const Document& value) {
    if (const auto* integer = value.get_if<std::int64_t>()) return static_cast<double>(*integer);
    return *value.get_if<double>();
}

} // namespace

std::vector<Objectives> front_points(const Document& front) {
    std::vector<std::string> names;
    for (const Document& objective : list_of(front, "objectives")) {
        names.push_back(*member(objective, "key").get_if<std::string>());
    }
    const std::vector<const Objective*> objectives = find_objectives(names);
    std::map<std::int64_t, const Document*> details;
    for (const Document& design : list_of(front, "details")) {
        details[*member(design, "id").get_if<std::int64_t>()] = &design;
    }
    std::vector<Objectives> points;
    for (const Document& id : list_of(front, "front")) {
        const Document& design = *details.at(*id.get_if<std::int64_t>());
        Objectives& point = points.emplace_back();
        for (const Objective* objective : objectives) {
            point.push_back(to_minimized(*objective, number(member(design, objective->name))));
        }
    }
    return points;
}

std::int64_t find_knee(const Document& front) {
    return *list_of(front, "front")[knee_point(front_points(front))].get_if<std::int64_t>();
}

Document sample_front(const Document& front, double width) {
    const Document::List& all = list_of(front, "front");
    Document::List sample;
    for (const std::size_t index : epsilon_sample(front_points(front), width)) sample.push_back(all[index]);
    Document sampled = front;
    auto& members = std::get<Document::Map>(sampled.value);
    std::ranges::find(members, "front", &Document::Map::value_type::first)->second = std::move(sample);
    return sampled;
}

} // namespace tandem
