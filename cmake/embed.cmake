# embed.cmake - cmake -DIN=file -DOUT=source.cpp -DHEADER=<header> -DNAMESPACE=… -DNAME=… -P: a file's bytes as a constant.
file(READ ${IN} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "#include <${HEADER}>

namespace ${NAMESPACE} {

const unsigned char ${NAME}[] = {
${bytes}};
const std::size_t ${NAME}_size = sizeof ${NAME};

}  // namespace ${NAMESPACE}
")
