"""Small negotiation domains, made up for the tests, in the dialects of other programs."""

import json

DOMAIN_XML = """<negotiation_template>
  <utility_space number_of_issues="3">
    <objective index="0" type="objective" etype="objective" name="Bike">
      <issue index="1" type="discrete" etype="discrete" name="colour">
        <item index="1" value="red"/> <item index="2" value="blue"/> <item index="3" value="grün"/>
      </issue>
      <issue index="2" type="integer" etype="integer" name="gears" lowerbound="1" upperbound="5"/>
      <issue index="3" type="real" etype="real" name="price"><range lowerbound="100" upperbound="300"/></issue>
    </objective>
  </utility_space>
</negotiation_template>
"""

BUYER_XML = """<utility_space>
  <objective index="0" type="objective" etype="objective" name="Bike">
    <weight index="1" value="0.5"/> <weight index="2" value="0.2"/> <weight index="3" value="0.3"/>
    <issue index="1" type="discrete" etype="discrete" name="colour">
      <item index="1" value="red" evaluation="12"/>
      <item index="2" value="blue" evaluation="30"/>
      <item index="3" value="grün" evaluation="0"/>
    </issue>
    <issue index="2" type="integer" etype="integer" name="gears" lowerbound="1" upperbound="5">
      <evaluator ftype="linear" slope="0.5" offset="-0.25"/>
    </issue>
    <issue index="3" type="real" etype="real" name="price">
      <range lowerbound="100" upperbound="300"/>
      <evaluator ftype="linear" parameter0="1.5" parameter1="-0.005"/>
    </issue>
  </objective>
  <discount_factor value="0.8"/>
  <reservation value="0.15"/>
</utility_space>
"""

SELLER_XML = """<utility_space>
  <objective index="0" type="objective" etype="objective" name="Bike">
    <weight index="1" value="0.25"/> <weight index="2" value="0.25"/> <weight index="3" value="0.5"/>
    <issue index="1" type="discrete" etype="discrete" name="colour">
      <item index="1" value="red" evaluation="1.0"/>
      <item index="2" value="blue" evaluation="0.5"/>
      <item index="3" value="grün" evaluation="0.8"/>
    </issue>
    <issue index="2" type="integer" etype="integer" name="gears" lowerbound="1" upperbound="5">
      <evaluator ftype="linear" slope="-0.25" offset="1"/>
    </issue>
    <issue index="3" type="real" etype="real" name="price">
      <range lowerbound="100" upperbound="300"/>
      <evaluator ftype="linear" parameter0="-0.5" parameter1="0.005"/>
    </issue>
  </objective>
</utility_space>
"""

WEB_DOMAIN = {
    "name": "lunch",
    "issuesValues": {"where": {"values": ["park", "cafe"]}, "when": {"values": ["noon", "one"]}},
}


def web_party(name, where, when, weights=(0.6, 0.4), bid=None):
    """Return the tree of a party in GENIUS-style JSON."""
    space = {
        "issueUtilities": {
            "where": {"discreteutils": {"valueUtilities": dict(zip(("park", "cafe"), where, strict=True))}},
            "when": {"discreteutils": {"valueUtilities": dict(zip(("noon", "one"), when, strict=True))}},
        },
        "issueWeights": dict(zip(("where", "when"), weights, strict=True)),
        "domain": WEB_DOMAIN,
        "name": name,
    }
    if bid is not None:
        space["reservationBid"] = {"issuevalues": dict(zip(("where", "when"), bid, strict=True))}
    return {"LinearAdditiveUtilitySpace": space}


NEGMAS_SPACE = {
    "issues": [
        {"name": "x", "type": "CategoricalIssue", "values": ["a", "b", "c"]},
        {"name": "n", "type": "ContiguousIssue", "values": [0, 4]},
        {"name": "k", "type": "DiscreteCardinalIssue", "values": [1, 2.5]},
    ],
    "name": "dom",
    "path": None,
    "type": "CartesianOutcomeSpace",
}


def negmas_ufun(name, table, slope, bias, numbers, weights, reserved):
    """Return the tree of a NegMAS dump."""
    return {
        "name": name,
        "reserved_outcome": None,
        "reserved_value": reserved,
        "type": "LinearAdditiveUtilityFunction",
        "values": [
            {"mapping": dict(zip("abc", table, strict=True)), "type": "TableFun"},
            {"bias": bias, "slope": slope, "type": "AffineFun"},
            {"mapping": dict(zip(("1", "2.5"), numbers, strict=True)), "type": "TableFun"},
        ],
        "weights": weights,
    }


def negolog_profile(price, delivery, weights, reserved):
    """Return the tree of a NegoLog profile."""
    return {
        "reservationValue": reserved,
        "issueWeights": dict(zip(("price", "delivery"), weights, strict=True)),
        "issues": {
            "price": dict(zip(("high", "middle", "low"), price, strict=True)),
            "delivery": dict(zip(("fast", "slow"), delivery, strict=True)),
        },
    }


PROFILE_A = negolog_profile((0.1, 0.5, 1.0), (1, 0.25), (0.6, 0.4), 0.3)
PROFILE_B = negolog_profile((1.0, 0.8, 0.2), (0.1, 1), (0.5, 0.5), 0.2)


def put(folder, **files):
    """Write files, named ``stem_ending``, and return the folder."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        stem, _, ending = name.rpartition("_")
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / f"{stem}.{ending}").write_text(text, encoding="utf-8")
    return folder


def put_bike(folder, domain=DOMAIN_XML, buyer=BUYER_XML, seller=SELLER_XML):
    """Write the bike domain in GENIUS XML."""
    return put(folder, bike_xml=domain, buyer_xml=buyer, seller_xml=seller)
