#include <troupe/base/shared_memory.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace troupe {

namespace {

constexpr int size_seals = F_SEAL_SHRINK | F_SEAL_GROW;

}  // namespace

shared_memory::shared_memory(shared_memory&& other) noexcept
    : fd_(std::move(other.fd_)), memory_(std::exchange(other.memory_, {})) {}

shared_memory& shared_memory::operator=(shared_memory&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(memory_, other.memory_);
  return *this;
}

shared_memory::~shared_memory() {
  if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
}

result<shared_memory> shared_memory::create(const std::string& name, std::size_t size) {
  const std::string what = "create shared memory '" + name + "' of " + std::to_string(size) + " bytes";
  if (size == 0 || size > static_cast<std::size_t>(PTRDIFF_MAX))
    return fail(errc::invalid_argument, what + ": the size must be from 1 to " + std::to_string(PTRDIFF_MAX));
  unique_fd fd(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return fail_errno(what);
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return fail_errno(what + ": ftruncate");
  if (::fcntl(fd.get(), F_ADD_SEALS, size_seals | F_SEAL_SEAL) != 0)
    return fail_errno(what + ": seal its size");
  return map_sealed(std::move(fd), size);
}

result<shared_memory> shared_memory::map(unique_fd fd, std::size_t size) {
  const std::string what = "map shared memory of " + std::to_string(size) + " bytes";
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno(what);
  // Seals first: without them the size could still change after it was checked.
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0 || (seals & size_seals) != size_seals)
    return fail(errc::wrong_kind, what + ": the descriptor is not memory whose size is sealed");
  if (size == 0 || static_cast<std::uint64_t>(status.st_size) < size)
    return fail(errc::invalid_argument, what + ": it has " + std::to_string(status.st_size));
  return map_sealed(std::move(fd), static_cast<std::size_t>(status.st_size));
}

result<shared_memory> shared_memory::map_sealed(unique_fd fd, std::size_t size) {
  void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (at == MAP_FAILED) return fail_errno("map shared memory of " + std::to_string(size) + " bytes");
  return shared_memory(std::move(fd), {static_cast<std::byte*>(at), size});
}

}  // namespace troupe
