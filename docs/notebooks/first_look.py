# A first look at a release of tradefin, as a marimo notebook: `marimo edit docs/notebooks/first_look.py`.
# It is plain Python, too: `python docs/notebooks/first_look.py` runs it from top to bottom.

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")


@app.cell
def _():
    import marimo as mo

    import tradefin

    return mo, tradefin


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # What crossed the exchanges, and what the central banks held

    On 6 December 2001 it was said in Tokyo that some two trillion dollars cross the exchanges every day, and that the
    reserves of central banks no longer cover a day's trading. This notebook asks what the figures said on that day, and
    what they say now. It reads the release in `outputs/`, or the one that `TRADEFIN_HOME` names.
    """)
    return


@app.cell
def _(tradefin):
    # What there is. Each table says what one row is; each column has its unit and meaning.
    tables = {table.name: table for table in tradefin.tables()}
    for name in ("fx_turnover_by_definition", "fx_turnover_vs_reserves", "claim_verdicts"):
        print(f"{name}: {tables[name].rows:,} rows; one row is {tables[name].one_row_is}")
    tables["fx_turnover_by_definition"]
    return


@app.cell
def _(tradefin):
    def turnover(survey_year, definition, as_of=None):
        """Billions of US dollars a day, as known on a day; None where nothing was public."""
        rows = tradefin.load("fx_turnover_by_definition", as_of=as_of).to_pylist()
        found = [
            row["turnover_usd_bn"]
            for row in rows
            if (row["survey_year"], row["turnover_definition"]) == (survey_year, definition)
        ]
        return found[0] if found else None

    return (turnover,)


@app.cell
def _(turnover):
    # The same question on four days. The survey was of April 2001; its first figure came out on 9 October.
    days = ("2001-10-08", "2001-12-06", "2002-04-30", None)
    answers = {day or "today": turnover(2001, "world_traditional", as_of=day) for day in days}
    for day, answer in answers.items():
        print(f"{day:<11}", f"{answer:,.0f} billion dollars a day" if answer else "nothing")
    assert answers["2001-10-08"] is None
    assert answers["2001-12-06"] > answers["2002-04-30"]
    return (answers,)


@app.cell
def _(tradefin):
    # How many days of trading were the reserves of the five largest holders? SQL sees verified files only.
    con = tradefin.connect()
    cover = con.execute("""
        select survey_year, reserve_series, min(reserves_in_turnover_days), max(reserves_in_turnover_days)
        from fx_turnover_vs_reserves
        where turnover_definition = 'world_traditional' and holders = 'five_largest'
          and reserves_in_turnover_days is not null
        group by all
        order by all
    """).fetchall()
    for survey_year, series, least, most in cover:
        print(survey_year, f"{series:<18}", f"{least:.2f} to {most:.2f} days")
    return (cover,)


@app.cell
def _(tradefin):
    # What becomes of the claims: as judged on the day, and now.
    verdicts = tradefin.load("claim_verdicts").to_pylist()
    for row in verdicts:
        if row["claim_id"] == "daily_capital_flows":
            print(row["as_of"], row["known"], row["verdict"])
    return (verdicts,)


@app.cell
def _(answers, cover, verdicts):
    assert cover
    assert verdicts
    print(
        f"On 6 December 2001 the newest figure was {answers['2001-12-06']:,.0f} billion dollars a day, not 2,000; "
        f"today it is {answers['today']:,.0f}."
    )
    return


if __name__ == "__main__":
    app.run()
