#include <troupe/spawn/command.hpp>
#include <troupe/spawn/internal/warden.hpp>
#include <troupe/spawn/internal/warden_image.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <span>
#include <string>

namespace troupe::spawn::internal {
namespace {

constexpr int image_fd = 6;            // in the warden; it is open there while the program runs
constexpr unsigned may_be_run = 0x10;  // MFD_EXEC, Linux 6.3, not in Debian 12's headers

result<unique_fd> program_in_memory() {
  unique_fd image(::memfd_create("troupe-warden", MFD_CLOEXEC | may_be_run));
  if (!image && errno == EINVAL) image.reset(::memfd_create("troupe-warden", MFD_CLOEXEC));
  if (!image) return fail_errno("make room for the warden's program");
  if (auto written = write_all(image.get(), std::as_bytes(std::span(warden_image, warden_image_size)));
      !written)
    return tl::unexpected(within("write the warden's program", std::move(written.error())));
  return image;
}

}  // namespace

warden_table::warden_table(shared_memory memory) : memory_(std::move(memory)) {}

result<std::shared_ptr<warden_table>> warden_table::create() {
  auto memory = shared_memory::create("troupe warden", warden_entries * sizeof(warden_entry));
  if (!memory) return tl::unexpected(std::move(memory.error()));
  return std::make_shared<warden_table>(std::move(*memory));
}

warden_entry& warden_table::at(std::size_t index) noexcept {
  return reinterpret_cast<warden_entry*>(memory_.memory().data())[index];
}

std::optional<std::size_t> warden_table::take() {
  const std::lock_guard lock(mutex_);
  if (!free_.empty()) {
    const std::size_t index = free_.back();
    free_.pop_back();
    return index;
  }
  if (used_ == warden_entries) return std::nullopt;
  if (free_.capacity() == used_) free_.reserve(2 * used_ + 64);  // so that give_back() cannot fail
  return used_++;
}

void warden_table::give_back(std::size_t index) noexcept {
  at(index).group.store(0, std::memory_order_release);
  const std::lock_guard lock(mutex_);
  free_.push_back(index);
}

warden_slot& warden_slot::operator=(warden_slot&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  table_ = std::move(other.table_);
  index_ = other.index_;
  return *this;
}

void warden_slot::clear() noexcept {
  if (table_ != nullptr) table_->at(index_).group.store(0, std::memory_order_release);
}

void warden_slot::give_back() noexcept {
  if (table_ != nullptr) table_->give_back(index_);
  table_.reset();
}

warden::warden(std::shared_ptr<warden_table> table, child process, unique_fd lifeline) noexcept
    : table_(std::move(table)), process_(std::move(process)), lifeline_(std::move(lifeline)) {}

result<std::unique_ptr<warden>> warden::start() {
  auto table = warden_table::create();
  if (!table) return tl::unexpected(within("start a warden", std::move(table.error())));
  auto begun = run_program((*table)->descriptor());
  if (!begun) return tl::unexpected(within("start a warden", std::move(begun.error())));
  return std::unique_ptr<warden>(
      new warden(std::move(*table), std::move(begun->process), std::move(begun->lifeline)));
}

result<warden::started> warden::run_program(int table_fd) {
  auto image = program_in_memory();
  if (!image) return tl::unexpected(std::move(image.error()));
  auto lifeline = make_pipe();
  if (!lifeline) return tl::unexpected(std::move(lifeline.error()));
  const unique_fd own_pidfd(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  if (!own_pidfd) return fail_errno("open a pidfd of this process");

  command program("/proc/self/fd/" + std::to_string(image_fd));
  program.arg0("troupe-warden").arg("of").arg(std::to_string(::getpid())).env_clear().cwd("/").new_session();
  program.stdin_from(stdio::null()).stdout_to(stdio::null()).stderr_to(stdio::null());
  program.pass_fd(table_fd, warden_table_fd).pass_fd(lifeline->read_end.get(), warden_lifeline_fd);
  program.pass_fd(own_pidfd.get(), warden_pidfd).pass_fd(image->get(), image_fd);
  auto process = program.spawn();
  if (!process) return tl::unexpected(std::move(process.error()));
  return started{std::move(*process), std::move(lifeline->write_end)};
}

result<warden_slot> warden::take_slot() {
  const auto index = table_->take();
  if (!index)
    return fail(errc::exhausted, "watch over one more child: a spawner has at most " +
                                     std::to_string(warden_entries) + " at once");
  return warden_slot(table_, *index);
}

result<> warden::restart() {
  process_.wait();
  auto begun = run_program(table_->descriptor());
  if (!begun) return tl::unexpected(within("start a warden again", std::move(begun.error())));
  process_ = std::move(begun->process);
  lifeline_ = std::move(begun->lifeline);
  return {};
}

}  // namespace troupe::spawn::internal
