"""What travels inside each Parquet file: meaning, units, licence, contract version, the hashes of its inputs."""

import json

import pyarrow as pa

from tradefin.tables.contract import Contract


def with_metadata(
    table: pa.Table, contract: Contract, rights: list[dict[str, str]], inputs: dict[str, str]
) -> pa.Table:
    """The table with the contract's descriptions in its schema.

    Args:
        table: Rows in the contract's types.
        contract: Its contract.
        rights: Publisher, landing page, licence, address and attribution of every source.
        inputs: sha256 of each upstream table.

    Returns:
        The same rows; file metadata under the key `tradefin` (JSON), field metadata under plain keys.
    """
    fields = []
    for name, column in contract.columns.items():
        about = {
            "description": column.text or column.unit,
            "unit": column.unit,
            "codelist": column.codelist,
            "references": column.references,
            "known_from": column.known_from,
        }
        fields.append(table.schema.field(name).with_metadata({k: v for k, v in about.items() if v}))
    about_table = {
        "table": contract.table,
        "layer": contract.layer,
        "contract_version": contract.version,
        "description": contract.text,
        "one_row_is": contract.one_row_is,
        "key": list(contract.key),
        "sorted_by": list(contract.sorted_by),
        "as_of": contract.as_of.model_dump(mode="json") if contract.as_of else None,
        "caveats": list(contract.caveats),
        "rights": rights,
        "inputs": inputs,
    }
    schema = pa.schema(fields, metadata={"tradefin": json.dumps(about_table, sort_keys=True, ensure_ascii=False)})
    return table.cast(schema)
