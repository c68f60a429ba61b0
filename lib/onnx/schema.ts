/**
 * The messages of the ONNX file format: field names and numbers, from onnx.proto3 of ONNX 1.23.
 *
 * Only what Espalier reads is listed; a field that is not travels through as bytes.
 */
export const schema = {
  ModelProto: {
    ir_version: 1,
    producer_name: 2,
    producer_version: 3,
    graph: 7,
    opset_import: 8,
    metadata_props: 14,
  },
  OperatorSetIdProto: { domain: 1, version: 2 },
  StringStringEntryProto: { key: 1, value: 2 },
  GraphProto: {
    node: 1,
    name: 2,
    initializer: 5,
    input: 11,
    output: 12,
    value_info: 13,
  },
  NodeProto: { input: 1, output: 2, name: 3, op_type: 4, attribute: 5, domain: 7 },
  AttributeProto: {
    name: 1,
    f: 2,
    i: 3,
    s: 4,
    t: 5,
    g: 6,
    floats: 7,
    ints: 8,
    strings: 9,
    tensors: 10,
    graphs: 11,
    type: 20,
    ref_attr_name: 21,
  },
  TensorProto: {
    dims: 1,
    data_type: 2,
    float_data: 4,
    int32_data: 5,
    string_data: 6,
    int64_data: 7,
    name: 8,
    raw_data: 9,
    double_data: 10,
    uint64_data: 11,
    external_data: 13,
    data_location: 14,
  },
  ValueInfoProto: { name: 1, type: 2, doc_string: 3 },
  TypeProto: {
    tensor_type: 1,
    sequence_type: 4,
    map_type: 5,
    opaque_type: 7,
    sparse_tensor_type: 8,
    optional_type: 9,
  },
  TypeProtoTensor: { elem_type: 1, shape: 2 },
  TensorShapeProto: { dim: 1 },
  Dimension: { dim_value: 1, dim_param: 2 },
} as const;

/** The codes of `AttributeProto.AttributeType` that Espalier reads. */
export const ATTRIBUTE_TYPE = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
} as const;
