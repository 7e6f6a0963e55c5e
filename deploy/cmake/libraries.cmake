# Third-party libraries, all Debian 12 packages, each with the need it serves.
find_package(PkgConfig REQUIRED)
function(mash_library name pkg)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${pkg})
endfunction()

mash_library(ZMQ libzmq>=4.3.4)            # transport between agencies and gate
mash_library(SODIUM libsodium>=1.0.18)     # every cryptographic primitive
mash_library(PROTOBUF_C libprotobuf-c>=1.4.1) # wire schemas
mash_library(SQLITE sqlite3>=3.40)         # store of ledger and clients
mash_library(MICROHTTPD libmicrohttpd)     # console HTTP
mash_library(JANSSON jansson>=2.14)        # JSON of bundle files and --json output
mash_library(ECONF libeconf)               # configuration files
mash_library(XML2 libxml-2.0)              # children-in-need census import
mash_library(CMOCKA cmocka)                # unit tests
find_program(PROTOC_C protoc-c REQUIRED)
