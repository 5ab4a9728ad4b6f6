-- The documents that each publisher's figures are taken from, one below the other.
select source_id, publisher, title, address, kind, licence from source_bis_citations
union all
select source_id, publisher, title, address, kind, licence from source_cbc_citations
union all
select source_id, publisher, title, address, kind, licence from source_comtrade_citations
union all
select source_id, publisher, title, address, kind, licence from source_ewn_citations
union all
select source_id, publisher, title, address, kind, licence from source_gad_citations
union all
select source_id, publisher, title, address, kind, licence from source_imf_citations
union all
select source_id, publisher, title, address, kind, licence from source_japan_fdi_citations
union all
select source_id, publisher, title, address, kind, licence from source_rta_citations
union all
select source_id, publisher, title, address, kind, licence from source_trade_press_citations
union all
select source_id, publisher, title, address, kind, licence from source_weo_citations
union all
select source_id, publisher, title, address, kind, licence from source_world_bank_citations
union all
select source_id, publisher, title, address, kind, licence from source_wto_citations
