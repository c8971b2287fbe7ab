// The chances behind a decision: utilities drawn within the intervals of the figures, and weightings drawn at
// random. A draw takes each figure's standard score and reads the figure off its interval, whose two halves
// may differ; an end that is not known is as far away as can be. Pure; internal to analysis.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "analysis/decision.h"

namespace costwar::analysis {

// Utilities that differ by no more than rounding does.
bool is_tie(double first, double second);

// The figure's estimate, or the middle of a range without one; nullopt: not known, or only in part.
std::optional<double> centre_of(const SeenFigure& figure);

// Gives every figure its standard scores, one per draw: those it has, or its own random stream's.
void fill_scores(std::vector<Candidate>& candidates, const DecisionOptions& options);

// What a standard score makes of a figure; the worst or best infinite value where an end is not known.
double drawn_value(const SeenFigure& figure, double score, double level);

// Utilities of one candidate in each draw. `unknown`: the utility of a figure that is not known.
std::vector<double> drawn_utilities(const Policy& policy, const Candidate& candidate, double unknown,
                                    const DecisionOptions& options);

// The share of places at which each of these series is the largest; equals share it.
std::vector<double> shares_of_largest(std::span<const std::vector<double>> series);

// For each of the candidates (their utilities by weight), the share of weightings in which it is the best,
// all weightings being equally likely (flat Dirichlet); equals share it.
std::vector<double> shares_of_weightings(std::span<const std::vector<double>> utilities,
                                         const DecisionOptions& options);

// For each weight: how far it can move, the others rescaled, until another candidate overtakes the first.
// U(t) = t a + (1 - t) r is straight, so the meeting point of two is exact. `weights` add up to 1.
std::vector<WeightSensitivity> weight_flips(std::span<const std::vector<double>> utilities,
                                            std::span<const double> weights);

}  // namespace costwar::analysis
