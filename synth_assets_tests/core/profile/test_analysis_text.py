from io import StringIO

from rich.console import Console
from rich.markdown import Markdown

from synth_assets.core.profile.analysis import Analysis, Line, Section, analyse
from synth_assets.core.profile.analysis_text import to_markdown
from synth_assets.core.profile.building import build_profile
from synth_assets.core.profile.insights import Insight
from synth_assets_tests.core.profile.made_up import made_up, picture


def rendered(text):
    page = StringIO()
    Console(file=page, width=200).print(Markdown(text))
    return page.getvalue()


def test_the_text_of_a_small_report():
    report = Analysis(
        name="lake",
        detailed=True,
        sections=(
            Section(title="General", lines=(Line(label="Sample count", values=("2",)),)),
            Section(
                title="Hours",
                columns=("Period", "Pictures"),
                lines=(Line(label="Hour 08", values=("2",)), Line(label="Summer", values=("2",))),
            ),
        ),
        insights=(Insight(text="Warm colors"),),
        warnings=(),
    )
    assert to_markdown(report, {"Trend": "plots/the trend.png"}) == (
        "# Profile analysis: lake\n\n"
        "## General\n\n- Sample count: 2\n\n"
        "## Hours\n\n| Period | Pictures |\n| --- | --- |\n| Hour 08 | 2 |\n| Summer | 2 |\n\n"
        "## Insights\n\n- Warm colors\n\n"
        "## Warnings\n\nNone.\n\n"
        "## Plots\n\n![Trend](<plots/the trend.png>)\n"
    )


def test_a_plain_report_has_no_plots_and_says_when_nothing_is_remarkable():
    text = to_markdown(analyse(made_up()))
    assert "Nothing remarkable." in text
    assert "## Plots" not in text
    assert "- only 2 pictures" in text


def test_names_of_files_are_shown_as_they_are():
    name = "_a_ *b* [c](d) <i>`e`|f\\g~~h~~.jpg"
    page = rendered(to_markdown(analyse(build_profile("x", [picture(name, fault="blurred")]))))
    assert f"low quality: {name}: blurred" in page


def test_every_metric_is_a_row_of_the_rendered_table():
    profile = made_up()
    page = rendered(to_markdown(analyse(profile, detailed=True)))
    assert all(metric in page for metric in profile.distributions)
