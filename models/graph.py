"""An ONNX graph under construction: nodes, and constants that go to one external data file as they are added."""

import numpy as np
from onnx import TensorProto, helper

MICROSOFT = "com.microsoft"
# ONNX 1.16 and ONNX Runtime's own operators, version 1.
OPSETS = [helper.make_opsetid("", 21), helper.make_opsetid(MICROSOFT, 1)]
IR_VERSION = 10
# Constants start at a page, so that they can be mapped into memory; smaller ones than this stay in the graph itself.
PAGE = 4096
SMALL = 1024
ELEMENTS = {
    np.dtype("float32"): TensorProto.FLOAT,
    np.dtype("uint8"): TensorProto.UINT8,
    np.dtype("int64"): TensorProto.INT64,
}


class Graph:
    """Writes `folder`/model.onnx and `folder`/model.onnx.data."""

    def __init__(self, folder):
        self.path = folder / "model.onnx"
        self.data = open(folder / "model.onnx.data", "wb")
        self.nodes, self.constants, self.inputs, self.outputs = [], {}, [], []
        self.produced = set()

    def input(self, name, element, shape):
        self.inputs.append(helper.make_tensor_value_info(name, element, shape))
        return name

    def output(self, name, element, shape):
        self.outputs.append(helper.make_tensor_value_info(name, element, shape))

    def constant(self, name, array):
        """Adds a constant; one that is there already by this name is used again."""
        if name not in self.constants:
            self.constants[name] = self.tensor(name, np.ascontiguousarray(array))
        return name

    def tensor(self, name, array):
        tensor = TensorProto(name=name, data_type=ELEMENTS[array.dtype], dims=array.shape)
        if array.nbytes < SMALL:
            tensor.raw_data = array.tobytes()
            return tensor
        self.data.write(b"\0" * (-self.data.tell() % PAGE))
        tensor.data_location = TensorProto.EXTERNAL
        place = {"location": "model.onnx.data", "offset": self.data.tell(), "length": array.nbytes}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        self.data.write(array.data)
        return tensor

    def has(self, output):
        return output in self.produced

    def node(self, operator, inputs, outputs, domain="", **attributes):
        """Adds a node and returns its first output. `outputs` is a name or a list of names."""
        outputs = [outputs] if isinstance(outputs, str) else outputs
        name = next(o for o in outputs if o)
        self.nodes.append(helper.make_node(operator, inputs, outputs, name=name, domain=domain, **attributes))
        self.produced.update(outputs)
        return outputs[0]

    def save(self, name):
        self.data.close()
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, list(self.constants.values()))
        model = helper.make_model(graph, opset_imports=OPSETS, ir_version=IR_VERSION, producer_name="pg_journey")
        self.path.write_bytes(model.SerializeToString(deterministic=True))
