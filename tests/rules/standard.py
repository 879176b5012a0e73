"""standard.py - which header of the standard library brings a name, and the rule that it is included.

What one standard header happens to include of another is the library's own affair; and since files are compiled
in batches, and headers alone with the standard library precompiled (CMakeLists.txt beside this file), nothing else would see a gap.
"""
import os
import re

from cpp_text import includes_of, line_of

# The header that brings std::NAME, for the names that matter here; others are not looked at.
NAMES = {
    "algorithm":
        "adjacent_find all_of any_of binary_search clamp copy copy_n count count_if equal equal_range fill fill_n "
        "find find_if find_if_not for_each generate includes is_sorted lexicographical_compare lower_bound "
        "make_heap max max_element min min_element minmax mismatch none_of nth_element partition pop_heap "
        "push_heap replace reverse rotate search set_difference shuffle sort stable_sort swap_ranges transform "
        "unique upper_bound",
    "any": "any any_cast",
    "array": "array to_array",
    "atomic":
        "atomic atomic_flag atomic_ref atomic_thread_fence memory_order memory_order_acq_rel memory_order_acquire "
        "memory_order_relaxed memory_order_release memory_order_seq_cst",
    "barrier": "barrier",
    "bit": "bit_cast bit_ceil bit_floor bit_width countl_zero countr_zero endian has_single_bit popcount",
    "bitset": "bitset",
    "cctype": "isalnum tolower toupper",
    "charconv": "from_chars to_chars",
    "chrono": "chrono",
    "cmath": "ceil fabs floor isfinite isinf isnan llround log lround nan pow round signbit sqrt",
    "concepts":
        "constructible_from convertible_to default_initializable derived_from integral invocable same_as "
        "signed_integral unsigned_integral",
    "condition_variable": "condition_variable cv_status",
    "coroutine": "coroutine_handle noop_coroutine suspend_always suspend_never",
    "csignal": "raise sig_atomic_t signal",
    "cstddef": "byte max_align_t nullptr_t ptrdiff_t size_t to_integer",
    "cstdint":
        "int16_t int32_t int64_t int8_t intmax_t intptr_t uint16_t uint32_t uint64_t uint8_t uintmax_t uintptr_t",
    "cstdio": "FILE fclose fopen fprintf fputs fread fwrite printf puts remove rename snprintf",
    "cstdlib": "_Exit abort atoi exit free getenv malloc quick_exit realloc strtod strtol strtoul strtoull",
    "cstring": "memchr memcmp memcpy memmove memset strchr strcmp strerror strlen strncmp",
    "ctime": "gmtime localtime strftime time_t tm",
    "deque": "deque",
    "exception":
        "current_exception exception exception_ptr make_exception_ptr rethrow_exception terminate "
        "uncaught_exceptions",
    "filesystem": "filesystem",
    "fstream": "fstream ifstream ofstream",
    "functional": "bind bind_front cref equal_to function greater hash invoke less not_fn plus ref reference_wrapper",
    "future": "async future future_status packaged_task promise",
    "initializer_list": "initializer_list",
    "iomanip": "quoted setfill setprecision setw",
    "iostream": "cerr cin clog cout",
    "iterator": "advance back_inserter distance istreambuf_iterator make_move_iterator next ostream_iterator prev",
    "latch": "latch",
    "limits": "numeric_limits",
    "list": "list",
    "map": "map multimap",
    "memory":
        "addressof allocator construct_at default_delete destroy_at enable_shared_from_this make_shared "
        "make_shared_for_overwrite make_unique make_unique_for_overwrite pointer_traits shared_ptr "
        "static_pointer_cast unique_ptr weak_ptr",
    "mutex": "call_once lock_guard mutex once_flag recursive_mutex scoped_lock unique_lock",
    "new": "align_val_t bad_alloc hardware_destructive_interference_size launder nothrow",
    "numeric": "accumulate gcd iota reduce",
    "optional": "nullopt optional",
    "ostream": "endl flush ostream",
    "queue": "priority_queue queue",
    "random":
        "bernoulli_distribution exponential_distribution minstd_rand mt19937 mt19937_64 random_device "
        "uniform_int_distribution uniform_real_distribution",
    "ranges": "views",
    "ratio": "nano ratio ratio_divide",
    "regex": "regex regex_match regex_replace regex_search smatch sregex_iterator",
    "semaphore": "binary_semaphore counting_semaphore",
    "set": "multiset set",
    "shared_mutex": "shared_lock shared_mutex",
    "span": "as_bytes as_writable_bytes dynamic_extent span",
    "sstream": "istringstream ostringstream stringstream",
    "stdexcept": "domain_error invalid_argument length_error logic_error out_of_range runtime_error",
    "stop_token": "stop_source stop_token",
    "string": "basic_string getline stod stoi stol stoul stoull string to_string",
    "string_view": "basic_string_view string_view",
    "system_error": "errc error_code generic_category system_category system_error",
    "thread": "jthread this_thread thread",
    "tuple": "apply forward_as_tuple make_tuple tie tuple tuple_element_t tuple_size_v",
    "type_traits":
        "conditional_t decay_t enable_if_t false_type integral_constant invoke_result_t is_aggregate_v "
        "is_arithmetic_v is_array_v is_base_of_v is_class_v is_const_v is_constant_evaluated is_constructible_v "
        "is_convertible_v is_copy_constructible_v is_default_constructible_v is_empty_v is_enum_v "
        "is_floating_point_v is_integral_v is_invocable_r_v is_invocable_v is_lvalue_reference_v "
        "is_move_constructible_v is_nothrow_move_constructible_v is_pointer_v is_polymorphic_v is_reference_v "
        "is_same is_same_v is_signed_v is_trivially_copyable_v is_union_v is_unsigned_v is_void_v make_unsigned_t "
        "remove_const_t remove_cv_t remove_cvref_t remove_reference_t true_type type_identity_t underlying_type_t "
        "void_t",
    "typeinfo": "type_info",
    "unordered_map": "unordered_map",
    "unordered_set": "unordered_set",
    "utility":
        "as_const cmp_greater cmp_less declval exchange forward in_place in_place_type in_range index_sequence "
        "index_sequence_for integer_sequence make_index_sequence make_pair move pair",
    "variant": "get_if holds_alternative in_place_index monostate variant variant_alternative_t variant_size_v visit",
    "vector": "vector",
}
# What other headers bring, too, by the standard or as every library does.
ALSO = {
    "endl": "iostream", "errc": "charconv", "flush": "iostream", "getline": "istream",
    "hash": "memory string string_view",
    "initializer_list": "map set string vector", "move": "algorithm", "next": "list map set string vector",
    "distance": "map set string vector", "ostream": "iostream sstream fstream", "prev": "list map set string vector",
    "ptrdiff_t": "iterator", "remove": "cstdio algorithm", "byte": "span",
    "size_t": "array cstdint cstdio cstdlib cstring map memory span string string_view vector",
    "string_view": "string", "less": "map set", "ref": "thread",
}
BROUGHT_BY: dict[str, set[str]] = {}
for _header, _names in NAMES.items():
    for _name in _names.split():
        BROUGHT_BY.setdefault(_name, set()).add(_header)
for _name, _headers in ALSO.items():
    BROUGHT_BY.setdefault(_name, set()).update(_headers.split())


def rule_standard_includes(tree):
    """A file that says std::NAME includes the header that brings it, or one of ours that does."""
    included = {path: [name for _, _, name in includes_of(tree.text(path))] for path in tree.cpp()}
    reached: dict[str, set[str]] = {}

    def reach(path: str) -> set[str]:
        """The foreign headers that `path` includes, by way of ours too."""
        if path not in reached:
            reached[path] = set()  # a circle is another rule's
            for name in included[path]:
                beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
                ours = next((p for p in (name, beside) if p in included), None)
                reached[path] |= reach(ours) if ours else {name}
        return reached[path]

    for path in included:
        if "compile_fail/" in path:
            continue
        seen: set[str] = set()
        for hit in re.finditer(r"\bstd::(\w+)", tree.code(path)):
            name = hit.group(1)
            if name in seen or name not in BROUGHT_BY:
                continue
            seen.add(name)
            if not BROUGHT_BY[name] & reach(path):
                headers = " or ".join(f"<{header}>" for header in sorted(h for h in NAMES if name in NAMES[h].split()))
                yield path, line_of(tree.code(path), hit.start()), f"std::{name} comes from {headers}: include it"
