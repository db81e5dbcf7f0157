"""The parts of a selection's page, a module a tab, all from the case, without a query (选任页面各栏).

No figure of a count stands here before the count is confirmed, and none of a ballot before it is announced.
"""
