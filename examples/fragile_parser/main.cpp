// A parser with a fault that ends its process: it follows brackets by recursion, however deep. One input in a hundred does
// that to it. In a pool each of those fails alone, and everything else is parsed: fragile_parser [INPUTS]
#include <troupe/app.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <ranges>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace troupe::literals;

struct document {
  std::string text;
};
struct measured {
  std::uint64_t lists = 0;
  std::uint64_t depth = 0;
};

/// One list: "[", lists in it, "]". Leaves behind it in `rest`.
measured parse_list(std::string_view& rest) {
  if (rest.empty() || rest.front() != '[') throw std::invalid_argument("a list begins with [");
  rest.remove_prefix(1);
  measured all{1, 1};
  while (!rest.empty() && rest.front() == '[') {
    const auto inner = parse_list(rest);
    all.lists += inner.lists;
    all.depth = std::max(all.depth, inner.depth + 1);
  }
  if (rest.empty()) throw std::invalid_argument("a list without its ]");
  rest.remove_prefix(1);
  return all;
}

measured parse(document d) {
  std::string_view rest = d.text;
  return parse_list(rest);
}

/// Some thousand short lists; one document in a hundred is a list in a list in a list, a million times.
document make(int number) {
  if (number % 100 == 99) return {std::string(1'000'000, '[') + std::string(1'000'000, ']')};
  std::string text = "[";
  for (int i = 0; i < number; ++i) text += "[[]]";
  return {text + ']'};
}

int main(int argc, char** argv) {
  troupe::app app{argc, argv};
  const auto parsing = app.stage("parse", parse);
  if (app.is_worker()) return app.serve();

  int inputs = 1000;
  if (argc > 1) {
    const std::string_view word = argv[1];
    if (std::from_chars(word.data(), word.data() + word.size(), inputs).ec != std::errc{} || inputs < 1) {
      std::cerr << "usage: fragile_parser [INPUTS]\n";
      return 2;
    }
  }
  auto pool = app.open(parsing, {.workers = 2, .timeout = 60s, .max_attempts = 2, .log = troupe::logger()});
  if (!pool) return app.fail(pool.error());
  std::uint64_t parsed = 0, lists = 0, crashed = 0, wrong = 0;
  for (auto&& [i, out] : pool->map(std::views::iota(0, inputs) | std::views::transform(make))) {
    if (out)
      ++parsed, lists += out->lists;
    else if (out.error().kind == troupe::job_error::crashed && out.error().attempts == 2 && i % 100 == 99)
      ++crashed;
    else
      ++wrong;
  }
  std::cout << parsed << " documents with " << lists << " lists; " << crashed
            << " ended their worker, twice each; " << wrong << " went wrong otherwise\n";
  return wrong == 0 ? 0 : 1;
}
