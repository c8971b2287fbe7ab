#include "cli/published_catalogue.h"

#include "cli/catalogue.h"
#include "cli/price_book.h"

namespace costwar::cli {

const analysis::PublishedScores& published_scores() {
  static const analysis::PublishedScores scores = analysis::PublishedScores::parse(
      "catalog/published_scores.json", catalogue_file("published_scores.json"));
  return scores;
}

analysis::ModelReleases model_releases() {
  return analysis::ModelReleases(price_book().book().models);
}

}  // namespace costwar::cli
