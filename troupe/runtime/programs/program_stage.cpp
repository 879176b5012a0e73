#include <troupe/runtime/programs/bodies.hpp>
#include <troupe/runtime/programs/program_stage.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace troupe::runtime {
namespace {

using mode_of = config::program::mode_of;

template <class T>
program_input packed_so(packing pack, input_form many) {
  if (pack == packing::single)
    return {detail::describe_message<T>(), detail::describe_message<T>(), input_form::single};
  return {detail::describe_message<std::vector<T>>(), detail::describe_message<T>(), many};
}

void describe_parts(stage_definition& of, input_form form) {
  switch (form) {
    case input_form::block:
      return detail::describe_batch<lines>(of);
    case input_form::files:
      return detail::describe_batch<std::vector<file>>(of);
    case input_form::numbers:
      return detail::describe_batch<std::vector<std::int64_t>>(of);
    case input_form::bundle:
      return detail::describe_batch<std::vector<bytes>>(of);
    case input_form::single:
      return;
  }
}

/// What `member` gives to those behind it.
std::optional<message_type> given_by(const member_plan& member, const registry& registered) {
  if (member.program) return output_of(*member.program);
  const auto* definition = registered.find(member.call);
  return definition != nullptr ? definition->out : std::nullopt;
}

std::optional<program_input> input_of(const plan& of, const member_plan& member, const registry& registered) {
  const auto& before = of.member(of.edge(member.in.front()).from);
  if (before.source) return input_from(before.source->from, before.source->pack);
  if (before.gathers) {
    const auto given = given_by(of.member(of.edge(before.in.front()).from), registered);
    return given ? std::optional(bundle_of(*given)) : std::nullopt;
  }
  const auto given = given_by(before, registered);
  return given ? std::optional(input_from(*given)) : std::nullopt;
}

}  // namespace

program_input input_from(const config::source& source, packing pack) {
  const auto* files = std::get_if<config::files_source>(&source);
  if (std::holds_alternative<config::range_source>(source))
    return packed_so<std::int64_t>(pack, input_form::numbers);
  if (files != nullptr && files->split == config::files_source::split_by::none)
    return packed_so<file>(pack, input_form::files);
  if (pack == packing::block)
    return {detail::describe_message<lines>(), detail::describe_message<line>(), input_form::block};
  return {detail::describe_message<line>(), detail::describe_message<line>(), input_form::single};
}

program_input input_from(const message_type& given) {
  if (given.shape == shape_of<lines>()) return {given, detail::describe_message<line>(), input_form::block};
  return {given, given, input_form::single};
}

program_input bundle_of(const message_type& given) {
  auto whole = detail::describe_message<std::vector<bytes>>();
  whole.name = "batch of " + given.name;
  return {std::move(whole), given, input_form::bundle};
}

std::optional<message_type> output_of(const program_plan& of) {
  if (!of.what.output.empty()) return detail::describe_message<file>();
  if (!of.what.out) return std::nullopt;
  if (*of.what.out == framing::jsonl) return detail::describe_message<json_text>();
  if (of.gives_blocks) return detail::describe_message<lines>();
  return detail::describe_message<line>();
}

stage_definition define_program(const std::string& name, const program_plan& of, const program_input& given) {
  stage_definition made;
  made.name = name;
  made.in = given.whole;
  made.out = output_of(of);
  describe_parts(made, given.form);
  made.make = [of, given]() -> result<std::unique_ptr<stage_body>> {
    program_setting setting{of, item_texts(given.item, given.form)};
    switch (of.what.mode) {
      case mode_of::per_batch:
        return make_per_batch(std::move(setting));
      case mode_of::persistent:
        return make_persistent(std::move(setting));
      case mode_of::per_item:
        break;
    }
    return make_per_item(std::move(setting));
  };
  return made;
}

std::optional<stage_definition> find_stage(const plan& of, const member_plan& member,
                                           const registry& registered) {
  if (!member.program) {
    const auto* definition = registered.find(member.call);
    return definition != nullptr ? std::optional(*definition) : std::nullopt;
  }
  const auto given = input_of(of, member, registered);
  if (!given) return std::nullopt;
  return define_program(member.name, *member.program, *given);
}

}  // namespace troupe::runtime
