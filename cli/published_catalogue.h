// The embedded catalogue of published scores, and the release dates of the catalogue's models.
#pragma once

#include "analysis/published/published_scores.h"
#include "analysis/published/releases.h"

namespace costwar::cli {

// Parsed on first use; lives as long as the program.
const analysis::PublishedScores& published_scores();

// Of the embedded model facts; lives as long as the program.
analysis::ModelReleases model_releases();

}  // namespace costwar::cli
