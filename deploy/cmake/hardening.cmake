# Compiler and linker flags of every target: warnings, hardening, sanitizers.
# Source of the set: OpenSSF compiler hardening guide, as far as gcc 12 and clang 14 know the flags.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

# Assertions stay on in release: an impossible state must stop the process (never NDEBUG).
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_C_FLAGS_RELEASE "-O2")

add_compile_definitions(_GNU_SOURCE)
add_compile_options(
  -fno-delete-null-pointer-checks -fno-strict-aliasing -fno-strict-overflow
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")

# Warnings for our own code; generated code is compiled without them.
set(MASH_WARNINGS
  -Wall -Wextra -Wformat=2 -Wconversion -Wshadow -Wvla -Wimplicit-fallthrough
  -Wstrict-prototypes -Wmissing-prototypes -Wno-missing-field-initializers
  -Werror=implicit -Werror=incompatible-pointer-types -Werror=format-security)
if(MASH_WERROR)
  list(APPEND MASH_WARNINGS -Werror)
endif()

if(MASH_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
else()
  add_compile_options(
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
    -fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr)
  endif()
endif()
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack,-z,nodlopen,--as-needed)
set(CMAKE_EXE_LINKER_FLAGS "${CMAKE_EXE_LINKER_FLAGS} -pie")
