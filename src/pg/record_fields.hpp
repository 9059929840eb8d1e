// The fields of a value of a composite type.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "access/htup_details.h"
#include "utils/typcache.h"
}

namespace objectset::pg {

/// Zone A: calls `visit` with each field's column (a Form_pg_attribute), value and whether it is NULL, dropped ones included.
template <class Visit>
void for_each_field(Datum record, Visit&& visit) {
  HeapTupleHeader const header = DatumGetHeapTupleHeader(record);
  TupleDesc const shape = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(header),
                                                      HeapTupleHeaderGetTypMod(header));
  HeapTupleData row = {};
  row.t_len = HeapTupleHeaderGetDatumLength(header);
  row.t_data = header;
  for (int i = 0; i < shape->natts; ++i) {
    bool is_null = false;
    const Datum value = heap_getattr(&row, i + 1, shape, &is_null);
    visit(TupleDescAttr(shape, i), value, is_null);
  }
}

}  // namespace objectset::pg
