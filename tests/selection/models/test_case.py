"""Reading a case (案情): one statement, prepared once for each connection, with every row linked to those it names."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from selection.models import Selection
from tests.factories import Course, Point, run_to


@pytest.fixture
def course() -> Course:
    return run_to(Point.DECIDED)


@pytest.mark.django_db
def test_a_case_is_read_in_four_queries_and_its_relations_in_none(course: Course) -> None:
    pk = course.selection.pk
    with CaptureQueriesContext(connection) as asked:
        case = Selection.objects.whole(pk)
    assert len(asked) == 4
    with CaptureQueriesContext(connection) as asked:
        one = case.selection
        assert all((one.post.organisation, one.mandate.body, one.mandate.department, one.rule_set.rules))
        assert all((one.opened_by.name, one.approved_by.name))
        assert [row.person.organisation.name for row in case.candidacies]
        assert [row.inquiry.reply == row and row.inquiry.candidacy.person.name for row in case.replies]
        assert [row.poll.selection is case.selection and row.teller.name for row in case.sheets]
        assert [row.meeting.chair and row.meeting.body for row in case.items]
        assert [row.round.poll.item.meeting and row.seat.person.name for row in case.roll]
    assert len(asked) == 0


@pytest.mark.django_db
def test_a_case_is_read_as_the_row_stands_and_again_after_a_transaction_was_undone(course: Course) -> None:
    pk = course.selection.pk
    before = len(Selection.objects.whole(pk).candidacies)
    with transaction.atomic():
        Selection.objects.filter(pk=pk).update(reason="Anders")
        assert Selection.objects.whole(pk).selection.reason == "Anders"
        transaction.set_rollback(True)
    found = Selection.objects.whole(pk)
    assert found.selection.reason != "Anders"
    assert len(found.candidacies) == before == 3


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_reads_it_too(course: Course) -> None:
    pk = course.selection.pk
    first = Selection.objects.whole(pk)
    connection.close()
    assert [row.pk for row in Selection.objects.whole(pk).candidacies] == [row.pk for row in first.candidacies]


@pytest.mark.django_db
def test_a_selection_that_does_not_exist_has_no_case(course: Course) -> None:
    with pytest.raises(Selection.DoesNotExist):
        Selection.objects.whole(course.selection.pk + 1000)
