// Debian's libxml2 is built with ICU, whose headers clash with the ICU inside Foundation in any
// module that sees both. They only add private pointers to a struct that is never touched here.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED

#include <libxml/SAX2.h>
#include <libxml/dict.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
