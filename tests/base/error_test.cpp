#include <troupe/base/error.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace error_test {
namespace {

using troupe::errc;

constexpr int kinds = static_cast<int>(errc::io_failed) + 1;

TEST(error, every_kind_has_a_sentence_of_its_own) {
  std::set<std::string> sentences;
  for (int i = 0; i < kinds; ++i) sentences.insert(std::string(sentence(static_cast<errc>(i))));
  EXPECT_EQ(sentences.size(), static_cast<std::size_t>(kinds));
  EXPECT_FALSE(sentences.contains("unknown error"));
}

TEST(error, message_says_what_was_attempted_and_what_the_system_answered) {
  const troupe::error failed{errc::not_found, "exec '/opt/ocr'", ENOENT};
  EXPECT_EQ(failed.message(), "exec '/opt/ocr': No such file or directory");
}

TEST(error, message_without_errno_ends_with_the_sentence_of_its_kind) {
  const troupe::error failed{errc::not_found, "stage 'cuont'", 0};
  EXPECT_EQ(failed.message(), "stage 'cuont': it does not exist");
}

TEST(error, message_without_context_is_the_reason_alone) {
  EXPECT_EQ(troupe::error({errc::closed, "", 0}).message(), "it has been closed");
}

TEST(error, within_puts_the_outer_attempt_first_and_keeps_the_kind) {
  const auto outer = troupe::within("start worker 3", {errc::not_found, "exec 'x'", ENOENT});
  EXPECT_EQ(outer, (troupe::error{errc::not_found, "start worker 3: exec 'x'", ENOENT}));
}

TEST(error, fail_errno_takes_the_kind_from_errno) {
  errno = EACCES;
  const troupe::result<int> got = troupe::fail_errno("open 'x'");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), (troupe::error{errc::permission_denied, "open 'x'", EACCES}));
}

TEST(error, errno_values_map_to_the_kind_a_caller_would_act_on) {
  const std::pair<int, errc> table[] = {
      {ENOENT, errc::not_found},
      {ESRCH, errc::not_found},
      {ENXIO, errc::not_found},
      {EEXIST, errc::already_exists},
      {EADDRINUSE, errc::already_exists},
      {EPERM, errc::permission_denied},
      {EROFS, errc::permission_denied},
      {EISDIR, errc::wrong_kind},
      {ENOTDIR, errc::wrong_kind},
      {ENOEXEC, errc::wrong_kind},
      {EPIPE, errc::broken_pipe},
      {EAGAIN, errc::full},
      {ETIMEDOUT, errc::timed_out},
      {ECANCELED, errc::cancelled},
      {EBUSY, errc::busy},
      {ETXTBSY, errc::busy},
      {EMFILE, errc::exhausted},
      {ENOMEM, errc::exhausted},
      {ENOSPC, errc::exhausted},
      {E2BIG, errc::too_large},
      {ENAMETOOLONG, errc::too_large},
      {EINVAL, errc::invalid_argument},
      {ECONNREFUSED, errc::refused},
      {ECONNRESET, errc::peer_lost},
      {ENOSYS, errc::unsupported},
      {EIO, errc::io_failed},
  };
  for (const auto& [os_errno, kind] : table) EXPECT_EQ(troupe::errc_of_errno(os_errno), kind) << os_errno;
}

}  // namespace
}  // namespace error_test
