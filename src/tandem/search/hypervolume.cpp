// Exact hypervolume by the method of While, Bradstreet and Barone, "A Fast Way of Calculating Exact
// Hypervolumes", IEEE TEC 16(1), 2012 (WFG), its section III: the volume is the sum over the points of
// what each adds to the points after it. Points are sorted worst first in the last objective, so that
// each addition is a slab: a height times a volume in one objective less. The recursion ends in sweeps:
// two objectives along a staircase, three along the third with the staircase below kept (Fonseca,
// Paquete and Lopez-Ibanez, CEC 2006), n log n both.
#include <algorithm>
#include <functional>
#include <map>

#include "tandem/core/check.h"
#include "tandem/search/front.h"

namespace tandem {

namespace {

/// Points row by row, without an allocation each.
class Rows {
  public:
    explicit Rows(std::size_t columns) : columns_(columns) {}

    std::size_t size() const { return values_.size() / columns_; }
    std::size_t columns() const { return columns_; }
    const double* operator[](std::size_t row) const { return &values_[row * columns_]; }
    void reserve(std::size_t rows) { values_.reserve(rows * columns_); }
    void add(const double* row) { values_.insert(values_.end(), row, row + columns_); }
    /// The row that is nowhere better than either.
    void add_worse_of(const double* left, const double* right) {
        for (std::size_t i = 0; i < columns_; ++i) values_.push_back(std::max(left[i], right[i]));
    }

    /// The rows in the order of `is_before`.
    Rows sorted(const std::function<bool(const double*, const double*)>& is_before) const {
        std::vector<const double*> order;
        order.reserve(size());
        for (std::size_t i = 0; i < size(); ++i) order.push_back((*this)[i]);
        std::ranges::stable_sort(order, is_before);
        Rows rows(columns_);
        rows.reserve(size());
        for (const double* row : order) rows.add(row);
        return rows;
    }

  private:
    std::size_t columns_;
    std::vector<double> values_;
};

/// The area between a corner and a staircase of points that grows point by point.
class Staircase {
  public:
    Staircase(double right, double top) : right_(right), top_(top) {}

    double area() const { return area_; }

    void add(double x, double y) {
        auto step = steps_.upper_bound(x);
        double ceiling = top_;
        if (step != steps_.begin()) {
            ceiling = std::prev(step)->second;
            if (ceiling <= y) return;
            if (std::prev(step)->first == x) {
                --step; // the same x, higher: it goes, and what is left of it is the ceiling
                ceiling = step == steps_.begin() ? top_ : std::prev(step)->second;
            }
        }
        double left = x;
        while (step != steps_.end() && step->second >= y) {
            area_ += (step->first - left) * (ceiling - y);
            left = step->first;
            ceiling = step->second;
            step = steps_.erase(step);
        }
        const double end = step == steps_.end() ? right_ : step->first;
        area_ += (end - left) * (ceiling - y);
        steps_.emplace_hint(step, x, y);
    }

  private:
    std::map<double, double> steps_; ///< x rises, y falls
    double right_;
    double top_;
    double area_ = 0.0;
};

double area(const Rows& points, const double* reference) {
    const Rows sorted = points.sorted([](const double* left, const double* right) {
        return std::lexicographical_compare(left, left + 2, right, right + 2);
    });
    double total = 0.0;
    double ceiling = reference[1];
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const double* point = sorted[i];
        if (point[1] >= ceiling) continue;
        total += (reference[0] - point[0]) * (ceiling - point[1]);
        ceiling = point[1];
    }
    return total;
}

double volume_of_three(const Rows& points, const double* reference) {
    const Rows sorted =
        points.sorted([](const double* left, const double* right) { return left[2] < right[2]; });
    Staircase staircase(reference[0], reference[1]);
    double total = 0.0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        staircase.add(sorted[i][0], sorted[i][1]);
        const double next = i + 1 < sorted.size() ? sorted[i + 1][2] : reference[2];
        total += staircase.area() * (next - sorted[i][2]);
    }
    return total;
}

/// The rows that no other covers, of equal ones the first.
Rows without_covered(const Rows& points) {
    const std::size_t columns = points.columns();
    const Rows sorted = points.sorted([columns](const double* left, const double* right) {
        return std::lexicographical_compare(left, left + columns, right, right + columns);
    });
    Rows kept(columns);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        bool is_covered = false;
        for (std::size_t k = kept.size(); k > 0 && !is_covered; --k) {
            is_covered = std::equal(kept[k - 1], kept[k - 1] + columns, sorted[i], std::less_equal<>());
        }
        if (!is_covered) kept.add(sorted[i]);
    }
    return kept;
}

double box(const double* point, const double* reference, std::size_t columns) {
    double volume = 1.0;
    for (std::size_t i = 0; i < columns; ++i) volume *= reference[i] - point[i];
    return volume;
}

/// All points lie inside the reference; it has as many numbers as they.
double volume(const Rows& points, const double* reference) {
    const std::size_t columns = points.columns();
    if (points.size() == 0) return 0.0;
    if (columns == 1) {
        double least = points[0][0];
        for (std::size_t i = 1; i < points.size(); ++i) least = std::min(least, points[i][0]);
        return reference[0] - least;
    }
    if (columns == 2) return area(points, reference);
    if (columns == 3) return volume_of_three(points, reference);

    const std::size_t last = columns - 1;
    const Rows sorted = without_covered(points).sorted(
        [last](const double* left, const double* right) { return left[last] > right[last]; });
    double total = 0.0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        // What the later points cover of this one's slab; they all reach at least its height.
        Rows limited(last);
        limited.reserve(sorted.size() - i - 1);
        for (std::size_t k = i + 1; k < sorted.size(); ++k) limited.add_worse_of(sorted[i], sorted[k]);
        const double height = reference[last] - sorted[i][last];
        total += height * (box(sorted[i], reference, last) - volume(limited, reference));
    }
    return total;
}

bool is_inside(const Objectives& point, const Objectives& reference) {
    TANDEM_CHECK(point.size() == reference.size(), "a point and the reference have the same objectives");
    return std::equal(point.begin(), point.end(), reference.begin(), std::less<>());
}

} // namespace

double hypervolume(const std::vector<Objectives>& points, const Objectives& reference) {
    TANDEM_CHECK(!reference.empty(), "a volume needs an objective");
    Rows rows(reference.size());
    for (const Objectives& point : points) {
        if (is_inside(point, reference)) rows.add(point.data());
    }
    return volume(rows, reference.data());
}

double hypervolume_gain(const Objectives& point, std::span<const Objectives> front,
                        const Objectives& reference) {
    if (!is_inside(point, reference)) return 0.0;
    Rows limited(reference.size());
    for (const Objectives& member : front) {
        if (is_inside(member, reference)) limited.add_worse_of(point.data(), member.data());
    }
    return box(point.data(), reference.data(), reference.size()) -
           volume(without_covered(limited), reference.data());
}

} // namespace tandem
