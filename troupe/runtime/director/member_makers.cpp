#include <troupe/runtime/director/member_makers.hpp>
#include <troupe/runtime/director/quarantine.hpp>
#include <troupe/runtime/members/batch_member.hpp>
#include <troupe/runtime/members/jobs_member.hpp>
#include <troupe/runtime/members/keeper_member.hpp>
#include <troupe/runtime/members/sink_member.hpp>
#include <troupe/runtime/members/source_member.hpp>
#include <troupe/runtime/members/stage_member.hpp>
#include <troupe/runtime/sources/reader.hpp>

#include <memory>
#include <system_error>
#include <utility>

namespace troupe::runtime {
namespace {

result<std::unique_ptr<reader>> open_reader(exchange& by, const instance& own, const member_plan& member,
                                            const source_setting& with) {
  auto source = open_source(*member.source, with);
  if (!source) return tl::unexpected(source.error());
  try {
    return std::make_unique<reader>(std::move(*source),
                                    [&by, own](portions read) { by.tell(own, std::move(read)); });
  } catch (const std::system_error& no_thread) {
    return fail(errc::exhausted, "start the thread that reads '" + member.name + "'",
                no_thread.code().value());
  }
}

}  // namespace

result<std::map<member_id, sink_file>> open_outputs(const plan& of, const std::atomic<bool>& abandoned,
                                                    spawn::spawner& programs, const logger& log) {
  std::map<member_id, sink_file> sinks;
  for (const auto& member : of.members) {
    if (!member.quarantine.empty())
      if (auto fit = try_quarantine(member.quarantine); !fit)
        return tl::unexpected(within("stage '" + member.name + "'", fit.error()));
    if (!member.sink) continue;
    auto file = sink_file::open(*member.sink, abandoned, &programs, log.named(member.name));
    if (!file) return tl::unexpected(file.error());
    sinks.emplace(member.id, std::move(*file));
  }
  return sinks;
}

result<make_member> maker_for(const member_setting& with, const instance& own, const director_share& share) {
  auto& counters = share.counters;
  const auto& member = with.of.member(own.member);
  if (member.kind == member_kind::source) {
    return make_member([with, own, &counters, &member, programs = share.programs](work_again) {
      return std::make_unique<source_member>(with, own, counters, [with, own, &member, programs] {
        return open_reader(with.by, own, member, {programs, with.log.named(member.name)});
      });
    });
  }
  if (member.kind == member_kind::jobs) {
    return make_member([with, own, jobs = share.jobs, &counters](const work_again& again) {
      return std::make_unique<jobs_member>(with, own, jobs, counters, again);
    });
  }
  if (member.kind == member_kind::sink) {
    auto file = std::make_shared<sink_file>(std::move(share.sinks.at(member.id)));
    return make_member([with, own, file, &counters](work_again) {
      return std::make_unique<sink_member>(with, own, std::move(*file), counters);
    });
  }
  if (member.gathers) {
    return make_member([with, own](work_again again) {
      return std::make_unique<batch_member>(with, own, std::move(again));
    });
  }
  auto body = with.stages.find(member.call)->make();
  if (!body) return tl::unexpected(within("construct stage '" + member.name + "'", body.error()));
  auto held = std::make_shared<std::unique_ptr<stage_body>>(std::move(*body));
  return make_member(
      [with, own, held, keeps = member.keeps_state](work_again again) -> std::unique_ptr<runtime::member> {
        if (keeps) return std::make_unique<keeper_member>(with, own, std::move(*held), std::move(again));
        return std::make_unique<stage_member>(with, own, std::move(*held), std::move(again));
      });
}

}  // namespace troupe::runtime
