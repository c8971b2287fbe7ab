// The mean of what people would say, from what a judge says about many items and what people said about a
// few: prediction-powered inference (Angelopoulos et al. 2023, Science 382, 669-674), with the judge's weight
// tuned so that a bad judge does no harm (PPI++, Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453). The
// judge's bias is measured on the labelled items and taken off. Pure.
#pragma once

#include <optional>
#include <span>

#include "stats/interval.h"

namespace costwar::stats {

// An item that has both.
struct LabelledItem {
  double label = 0;
  double judged = 0;
};

struct PredictionPoweredMean {
  double mean = 0;
  double standard_error = 0;
  double weight = 0;       // of the judge: 1 as in plain PPI, 0 for labels alone
  double judge_bias = 0;   // mean of judged - label over the labelled items
  double judged_mean = 0;  // over the items without a label
  Interval interval;       // t on labelled items - 1; within [0, 1]
};

enum class JudgeWeight {
  one,    // plain PPI
  tuned,  // least variance, between 0 and 1
};

// weight * mean(judged, unlabelled) + mean(label - weight * judged, labelled). Labels and judgements in [0,
// 1]; labelled items are a random sample of all and not among the unlabelled ones. Where the judge never
// contradicted a label, that is not proof that it never does: the interval then allows for as many
// contradictions as Tango's interval does. nullopt for fewer than two of either kind.
std::optional<PredictionPoweredMean> prediction_powered_mean(std::span<const LabelledItem> labelled,
                                                             std::span<const double> unlabelled,
                                                             JudgeWeight weight = JudgeWeight::tuned,
                                                             double level = kDefaultLevel);

}  // namespace costwar::stats
