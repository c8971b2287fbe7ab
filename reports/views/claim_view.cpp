#include "reports/views/claim_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "reports/render/cell_text.h"
#include "reports/views/estimate_cells.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::ClaimEvidence;
using analysis::ClaimPart;
using analysis::ClaimVerdict;
using analysis::JudgedClaim;

constexpr std::size_t kRowsOfOne = 40;  // of evidence that people see; data formats have all
constexpr std::size_t kRowsOfMany = 3;  // of each claim of a list

std::string verdict_text(ClaimVerdict verdict) {
  return std::string(analysis::claim_verdict_name(verdict));
}

Cell part_cell(const std::optional<ClaimPart>& part) {
  if (!part || !part->ratio.value) return Unknown{};
  return estimated_cell(*part->ratio.value, part->ratio.refute, NumberStyle::factor);
}

// "0.681× [0.34, 1.39], claimed at least 0.8"
std::string part_text(const ClaimPart& part) {
  const std::string side = part.capability ? "at least" : "at most";
  const std::string what = part.capability ? "capability" : "cost";
  if (!part.ratio.value) return fmt::format("{}: {}", what, part.ratio.unknown);
  return fmt::format(
      "{} {} (claimed {} {:g}): {}", what,
      joined(cell_text(estimated_cell(*part.ratio.value, part.ratio.refute, NumberStyle::factor))), side,
      part.bound, verdict_text(part.verdict));
}

std::string claim_words(const JudgedClaim& judged) {
  if (judged.evidence.size() != 1) return judged.because;
  const ClaimEvidence& row = judged.evidence.front();
  if (!row.capability && !row.cost) return judged.because.empty() ? row.figures : judged.because;
  std::string text = row.figures;
  for (const auto* part : {&row.capability, &row.cost})
    if (*part) text += (text.empty() ? "" : "; ") + part_text(**part);
  return text;
}

std::string claims_headline(const ClaimsShown& shown) {
  if (shown.claims.size() == 1 && shown.days.size() == 1) {
    const JudgedClaim& judged = shown.claims[0].judged[0];
    std::string text =
        fmt::format("{}: “{}”. {}", verdict_text(judged.verdict), shown.claims[0].text, claim_words(judged));
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
    if (!text.ends_with('.')) text += '.';
    return text;
  }
  std::string text = shown.name.empty() ? fmt::format("{} claims", shown.claims.size())
                                        : fmt::format("{}, {} claims", shown.name, shown.claims.size());
  if (shown.claims.size() == 1) text = shown.name.empty() ? "1 claim" : shown.name + ", 1 claim";
  for (std::size_t day = 0; day < shown.days.size(); ++day) {
    std::array<std::size_t, 4> counts{};
    for (const ClaimShown& claim : shown.claims)
      ++counts.at(static_cast<std::size_t>(claim.judged[day].verdict));
    text += fmt::format("{} as of {} {} supported, {} refuted, {} unresolved, {} without evidence",
                        day == 0 ? ":" : ";", shown.days[day], counts[0], counts[1], counts[2], counts[3]);
  }
  return text + ".";
}

Table claims_table(const ClaimsShown& shown) {
  TableBuilder table("claims", "");
  table.text("claim", "Claim").data("source").data("kind");
  for (const std::string& day : shown.days) table.shown(day, Align::left);
  table.shown("Because", Align::left).data("verdicts");
  for (const ClaimShown& claim : shown.claims) {
    std::vector<Cell> cells{TextCell{claim.text}, text_cell(claim.source), TextCell{claim.kind}};
    for (const JudgedClaim& judged : claim.judged) cells.emplace_back(TextCell{verdict_text(judged.verdict)});
    cells.push_back(text_cell(claim_words(claim.judged.back())));
    TableBuilder verdicts("verdicts", "");
    verdicts.data("as_of").data("verdict").data("because").data("items_needed");
    for (std::size_t day = 0; day < shown.days.size(); ++day)
      verdicts.row({TextCell{shown.days[day]}, TextCell{verdict_text(claim.judged[day].verdict)},
                    text_cell(claim_words(claim.judged[day])), integer_cell(claim.judged[day].items_needed)});
    cells.push_back(table_cell(verdicts.build()));
    table.row(std::move(cells));
  }
  return table.build();
}

// ratios: with the columns of capability and cost, which claims of other kinds do not have.
std::vector<Cell> evidence_cells(const ClaimEvidence& row, bool ratios) {
  std::vector<Cell> cells{TextCell{row.what}, TextCell{std::string(analysis::claim_basis_name(row.basis))},
                          text_cell(row.figures)};
  if (ratios) {
    cells.push_back(part_cell(row.capability));
    cells.push_back(part_cell(row.cost));
  }
  cells.emplace_back(TextCell{verdict_text(row.verdict)});
  cells.push_back(text_cell(row.doubt));
  return cells;
}

void add_evidence_columns(TableBuilder& table, bool ratios) {
  table.text("what", "What").text("basis", "Basis").text("figures", "Figures");
  if (ratios) table.number("capability", "Capability").number("cost", "Cost");
  table.text("verdict", "Verdict").text("doubt", "Doubt");
}

bool has_ratios(const ClaimsShown& shown) {
  return std::any_of(shown.claims.begin(), shown.claims.end(),
                     [](const ClaimShown& claim) { return claim.kind == "ratio"; });
}

// Every row, for programs and spreadsheets.
Table evidence_table(const ClaimsShown& shown) {
  TableBuilder table("evidence", "Evidence");
  table.text("claim", "Claim").text("as_of", "As of");
  add_evidence_columns(table, true);
  table.text("source", "Source").text("date", "Date").show(Show::data_only);
  for (std::size_t day = 0; day < shown.days.size(); ++day)
    for (const ClaimShown& claim : shown.claims)
      for (const ClaimEvidence& row : claim.judged[day].evidence) {
        std::vector<Cell> cells{TextCell{claim.text}, TextCell{shown.days[day]}};
        for (Cell& cell : evidence_cells(row, true)) cells.push_back(std::move(cell));
        cells.push_back(text_cell(row.source));
        cells.push_back(text_cell(row.date));
        table.row(std::move(cells));
      }
  return table.build();
}

// For people: what each claim rests on as of the last day, the rows that say something first.
Table shown_evidence_table(const ClaimsShown& shown, std::size_t& left_out) {
  const bool many = shown.claims.size() > 1;
  TableBuilder table("shown_evidence", "What it rests on");
  if (many) table.text("claim", "Claim");
  const bool ratios = has_ratios(shown);
  add_evidence_columns(table, ratios);
  table.show(Show::text_only);
  for (const ClaimShown& claim : shown.claims) {
    std::vector<ClaimEvidence> rows = claim.judged.back().evidence;
    std::stable_sort(rows.begin(), rows.end(), [](const ClaimEvidence& a, const ClaimEvidence& b) {
      return (a.verdict == ClaimVerdict::no_evidence) < (b.verdict == ClaimVerdict::no_evidence);
    });
    const std::size_t most = many ? kRowsOfMany : kRowsOfOne;
    left_out += rows.size() - std::min(rows.size(), most);
    for (std::size_t i = 0; i < std::min(rows.size(), most); ++i) {
      std::vector<Cell> cells = evidence_cells(rows[i], ratios);
      if (many) cells.insert(cells.begin(), TextCell{i == 0 ? claim.text : ""});
      table.row(std::move(cells));
    }
  }
  if (many) table.detail();
  return table.build();
}

void add_claim_notes(Document& document, const ClaimsShown& shown) {
  std::set<std::string> said;
  for (const ClaimShown& claim : shown.claims) {
    // As of the last day, whose verdict counts.
    for (const std::string& note : claim.judged.back().notes)
      if (said.insert(note).second) document.notes.push_back({NoteKind::note, note});
    for (const std::string& warning : claim.judged.back().warnings)
      if (said.insert(claim.text + warning).second)
        document.notes.push_back({NoteKind::warning, shown.claims.size() > 1
                                                         ? fmt::format("“{}”: {}", claim.text, warning)
                                                         : warning});
  }
  const bool tested = std::any_of(shown.claims.begin(), shown.claims.end(),
                                  [](const ClaimShown& claim) { return claim.kind == "ratio"; });
  if (tested)
    document.notes.push_back(
        {NoteKind::note,
         fmt::format(
             "Supported: every ratio keeps its bound with one-sided confidence {:g}; refuted: one of them "
             "breaks it with {:g}; intervals shown are of level {:g}.",
             1 - shown.alpha, 1 - shown.alpha / 2, 1 - shown.alpha)});
  for (const ClaimShown& claim : shown.claims)
    if (const auto items = claim.judged.back().items_needed)
      document.notes.push_back(
          {NoteKind::next_step,
           fmt::format("About {} independent items would decide it at 80 % power, if it is what it seems.",
                       grouped(*items))});
}

}  // namespace

Document claims_document(const ClaimsShown& shown) {
  Document document;
  document.kind = "claims";
  document.headline = claims_headline(shown);
  document.facts = {{"name", text_cell(shown.name)}, {"alpha", NumberCell{shown.alpha, 4}}};
  TableBuilder days("as_of", "");
  days.data("day");
  for (const std::string& day : shown.days) days.row({TextCell{day}});
  document.facts.emplace_back("as_of", table_cell(days.build()));
  if (shown.claims.size() > 1 || shown.days.size() > 1) {
    document.tables.push_back(claims_table(shown));
  } else {
    Table table = claims_table(shown);
    table.show = Show::data_only;
    document.tables.push_back(std::move(table));
  }
  std::size_t left_out = 0;
  document.tables.push_back(shown_evidence_table(shown, left_out));
  document.tables.push_back(evidence_table(shown));
  add_claim_notes(document, shown);
  if (left_out > 0)
    document.notes.push_back(
        {NoteKind::next_step, fmt::format("costwar claim ... --format json or -o claims.csv   ({} "
                                          "further rows of evidence, with their sources)",
                                          grouped(static_cast<std::int64_t>(left_out)))});
  return document;
}

}  // namespace costwar::reports
