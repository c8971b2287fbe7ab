// graph-walk: a directed graph as a list of edges between random ids; which nodes are so many steps away, or
// point to a node. After GraphWalks (OpenAI 2025), scored by the F1 of the set.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <unordered_set>

#include "core/error.h"
#include "harness/procedural/families.h"
#include "harness/procedural/long_text.h"
#include "harness/procedural/making.h"
#include "harness/procedural/words.h"

namespace costwar::harness {
namespace {

constexpr Family kFamily{"graph-walk", "nodes at a distance in a graph of many edges", "set_f1"};

constexpr std::array<std::string_view, 2> kOperations{"bfs", "parents"};
constexpr std::size_t kDigits = 6;
// More nodes than this in an answer measure patience rather than search.
constexpr std::size_t kLargestAnswer = 100;

using Lists = std::vector<std::vector<std::size_t>>;

struct Graph {
  std::vector<std::string> names;
  Lists out;
  Lists in;
  std::string edges;  // one a line
};

Graph draw_graph(RandomStream& stream, std::size_t nodes, std::size_t edges) {
  Graph graph{{}, Lists(nodes), Lists(nodes), {}};
  std::unordered_set<std::string> named;
  while (graph.names.size() < nodes)
    if (std::string name = hex_text(stream, kDigits); named.insert(name).second)
      graph.names.push_back(std::move(name));
  for (std::size_t made = 0; made < edges;) {
    const std::size_t from = index_below(stream, nodes);
    const std::size_t to = index_below(stream, nodes);
    auto& known = graph.out[from];
    if (from == to || std::find(known.begin(), known.end(), to) != known.end()) continue;
    known.push_back(to);
    graph.in[to].push_back(from);
    graph.edges.append(graph.names[from]).append(" -> ").append(graph.names[to]).append("\n");
    ++made;
  }
  return graph;
}

// Nodes whose shortest way from `start` has exactly `depth` edges.
std::vector<std::size_t> at_distance(const Lists& out, std::size_t start, std::size_t depth) {
  std::vector<bool> seen(out.size(), false);
  seen[start] = true;
  std::vector<std::size_t> level{start};
  for (std::size_t step = 0; step < depth; ++step) {
    std::vector<std::size_t> next;
    for (const std::size_t from : level) {
      for (const std::size_t to : out[from]) {
        if (!seen[to]) next.push_back(to);
        seen[to] = true;
      }
    }
    level = std::move(next);
  }
  return level;
}

constexpr std::string_view kHead =
    "Graph <<NAME>>. Each line below is a directed edge: \"a -> b\" leads from a to b, and not back.\n\n";

std::string question_of(std::string_view node, bool parents, std::size_t depth) {
  if (parents)
    return fmt::format(
        "Which nodes of graph {} have an edge that leads to {}? Write [] when there is none. {}", kTextName,
        node, kFinalAnswerForm);
  return fmt::format(
      "Which nodes of graph {} are exactly {} step{} from {}, that is, the shortest way from {} to them has "
      "{} "
      "edge{}? Write [] when there is none. {}",
      kTextName, depth, depth == 1 ? "" : "s", node, node, depth, depth == 1 ? "" : "s", kFinalAnswerForm);
}

TaskItems make(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const Length length = length_of(parameters);
  const bool parents = word_parameter(parameters, "operation", kOperations) == "parents";
  const auto questions = static_cast<std::size_t>(whole_parameter(parameters, "questions", 1, 200));
  const auto depth = static_cast<std::size_t>(whole_parameter(parameters, "depth", 1, 6));
  const auto degree = static_cast<std::size_t>(whole_parameter(parameters, "degree", 1, 4));
  const std::string node(kDigits, '0');
  const std::size_t fixed = kHead.size() + 2 + question_of(node, parents, depth).size();
  constexpr std::size_t kLine = 2 * kDigits + 5;
  // Twice as many nodes as questions, and few enough edges for them to be different.
  const std::size_t least = std::max(2 * questions, 2 * degree + 2) * degree;
  require_room(fixed + least * kLine, length.characters());
  const std::size_t edges = (length.characters() - fixed) / kLine;
  const std::string group = parents ? fmt::format("length {} parents", length_label(length.tokens))
                                    : fmt::format("length {} steps {}", length_label(length.tokens), depth);

  return draw_shared(kFamily, seed, count, [&](RandomStream& stream) {
    const Graph graph = draw_graph(stream, edges / degree, edges);
    SharedQuestions made;
    std::size_t too_large = 0;
    for (const std::size_t start : distinct_indices(stream, graph.names.size(), graph.names.size())) {
      if (made.items.size() == questions) break;
      std::vector<std::string> names;
      for (const std::size_t found : parents ? graph.in[start] : at_distance(graph.out, start, depth))
        names.push_back(graph.names[found]);
      if (names.size() > kLargestAnswer) {
        if (++too_large > 1'000) break;
        continue;
      }
      std::sort(names.begin(), names.end());
      made.items.push_back(ask(question_of(graph.names[start], parents, depth), json_list(names), group));
    }
    if (made.items.size() < questions)
      throw Error(ErrorKind::usage, fmt::format("most answers have more than {} nodes", kLargestAnswer),
                  "give a smaller depth or degree");
    made.context = {{Role::user, std::string(kHead) + graph.edges}};
    return made;
  });
}

constexpr std::array kParameters{
    ParameterRow{"operation", "bfs", "bfs: nodes at a distance; parents: nodes that lead to one"},
    ParameterRow{"length", "8k", "tokens of a request by the estimate, 200 to 1M; it sets the edges"},
    ParameterRow{"chars", "2.0", "characters that count as a token, 1.0 to 10.0; ids have few"},
    kQuestionsParameter,
    ParameterRow{"depth", "2", "steps from the node that is asked about (bfs), 1 to 6"},
    ParameterRow{"degree", "2", "edges from a node on average, 1 to 4"}};

constexpr std::array kRows{ProceduralRow{kFamily.name, kFamily.title, "long context", kParameters, make}};

}  // namespace

std::span<const ProceduralRow> graph_walk_rows() {
  return kRows;
}

}  // namespace costwar::harness
