// How policies and decisions read. Internal to reports/views.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "analysis/decision.h"
#include "core/document.h"

namespace costwar::reports {

std::string figure_title(const std::string& figure);  // "share solved of injection"
std::string fact_title(const std::string& fact);      // "hardware vendor"

// What was seen of a figure, as a typed cell and in words: "76.3 % [72.8, 79.6]".
Cell figure_cell(const std::string& figure, const analysis::Observation& seen);
std::string figure_words(const std::string& figure, const analysis::Observation& seen);

// A number in the figure's unit: "76.3 %", "$0.0453", "1.20 s". Of a difference of shares: "2.1 points".
std::string figure_number(const std::string& figure, double value);
std::string figure_difference(const std::string& figure, double value);

Cell fact_cell(const analysis::Fact& fact);
std::string fact_words(const analysis::Fact& fact);

// "quality at least 85.0 %", "licence one of MIT, Apache-2.0".
std::string limit_words(const analysis::PolicyLimit& limit);
// What is required, without what it is of: "at least 85.0 %".
std::string required_words(const analysis::PolicyLimit& limit);
Cell bound_cell_of(const analysis::PolicyLimit& limit);

std::string weight_words(const analysis::PolicyWeight& weight);

// Why a limit is not kept, with what is missing: "76.3 % [72.8, 79.6], at least 85.0 % is required, 8.7
// points are missing".
std::string result_words(const analysis::PolicyLimit& limit, const analysis::LimitResult& result);

// The limits that a candidate does not keep, by name: "quality_at_least, licences".
std::string broken_names(const analysis::Decision& decision, std::size_t candidate);

// "recommended", "runner-up", "fails".
std::string place_words(const analysis::Decision& decision, std::size_t candidate);

std::string change_words(const analysis::Decision& decision, const analysis::Change& change);

std::string decision_headline(const analysis::Decision& decision);

}  // namespace costwar::reports
