"""What calls cost: from names to a seller and a model, to a price, to an exact amount per call.

The way of a call whose cost is asked for:

    names -> identity -> chain (tables, local servers, catalog) -> offer -> amounts

`identity` reads provider and model out of what a source wrote, `chain` asks who knows a price,
`amounts` applies prices to a frame of calls. Money is whole numbers of 1e-24 of a currency per
token, so no amount depends on the order in which it is added up.
"""
